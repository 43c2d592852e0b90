/** A processor with a little memory and no kernel, for tests: pages are mapped by hand. */
import type { GuestPages, ProcessorSpace } from '../../machine.ts';
import type { Row } from '../table/row.ts';
import * as layout from '../../../kernel/abi/cpu-context.ts';
import { X86Processor } from '../processor.ts';
import { allRows } from '../table/all.ts';

const PAGE = 4096;

export interface Rights {
  readonly isReadable?: boolean;
  readonly isWritable?: boolean;
  readonly isExecutable?: boolean;
}

export interface TestOptions {
  readonly hotTurns?: number;
  readonly spaces?: number;
  readonly arenas?: number;
  readonly regionSlots?: number;
}

interface MappedPage extends Rights {
  readonly physical: number;
}

export class TestMachine implements GuestPages {
  readonly memory = new WebAssembly.Memory({ initial: 1024, maximum: 1024, shared: true });
  readonly bytes = new Uint8Array(this.memory.buffer);
  readonly view = new DataView(this.memory.buffer);
  readonly processor: X86Processor;
  readonly space: ProcessorSpace;
  readonly context: number;
  readonly #pages = new Map<number, MappedPage>();
  #free = PAGE;

  constructor(rows: readonly Row[] = allRows, options: TestOptions = {}) {
    this.processor = new X86Processor({ memory: this.memory, rows, spaces: 1, arenas: 4, ...options });
    this.processor.start({ allocate: order => this.provide(order), free: () => undefined }, () => 1);
    this.context = this.allocate(1);
    this.processor.reset(this.context);
    this.space = this.processor.createSpace(this);
  }

  /** Memory for the processor's own needs: ProcessorMemory.allocate. */
  provide(order: number): number {
    return this.allocate(1 << order);
  }
  /** Physical pages, zeroed. */
  allocate(pages: number): number {
    const at = this.#free;
    this.#free += pages * PAGE;
    if (this.#free > this.bytes.length) throw new Error('the test machine is full');
    return at;
  }
  /** Maps fresh pages from `address` on. */
  map(address: number, pages: number, rights: Rights): void {
    for (let i = 0; i < pages; i++)
      this.#pages.set(address / PAGE + i, { physical: this.allocate(1), ...rights });
  }
  /** Maps the page of `from` once more. */
  alias(address: number, from: number, rights: Rights): void {
    this.#pages.set(address / PAGE, { physical: this.#pages.get(from / PAGE)!.physical, ...rights });
  }
  unmap(address: number, pages: number): void {
    const [first, end] = [address / PAGE, address / PAGE + pages];
    for (const page of [...this.#pages.keys()]) if (page >= first && page < end) this.#pages.delete(page);
    this.space.invalidate(first, end);
  }

  translate(address: number, access: number): number {
    const page = this.#pages.get(Math.floor(address / PAGE));
    if (page === undefined) return 0;
    const isAllowed =
      access === layout.ACCESS_WRITE
        ? page.isWritable
        : access === layout.ACCESS_EXECUTE
          ? page.isExecutable
          : page.isReadable || page.isWritable || page.isExecutable;
    return isAllowed ? page.physical + (address & (PAGE - 1)) : 0;
  }
  /** Copies into guest memory, whatever its rights, as a kernel would. */
  poke(address: number, bytes: ArrayLike<number>): void {
    for (let i = 0; i < bytes.length; i++) {
      const physical = this.#physical(address + i);
      if (this.processor.codePages[physical >>> 12] !== 0) this.processor.codeChanged(physical >>> 12);
      this.bytes[physical] = bytes[i]!;
    }
  }
  peek(address: number, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, i) => this.bytes[this.#physical(address + i)]!);
  }
  #physical(address: number): number {
    const page = this.#pages.get(Math.floor(address / PAGE));
    if (page === undefined) throw new Error(`nothing is mapped at ${address.toString(16)}`);
    return page.physical + (address & (PAGE - 1));
  }

  gpr(number: number): bigint {
    return this.view.getBigUint64(this.context + layout.CPU_GPR + number * 8, true);
  }
  setGpr(number: number, value: bigint): void {
    this.view.setBigUint64(this.context + layout.CPU_GPR + number * 8, BigInt.asUintN(64, value), true);
  }
  get rip(): number {
    return Number(this.view.getBigUint64(this.context + layout.CPU_RIP, true));
  }
  set rip(pc: number) {
    this.view.setBigUint64(this.context + layout.CPU_RIP, BigInt(pc), true);
  }
  run(fuel = 1_000_000): number {
    return this.processor.run(this.context, this.space, fuel);
  }
}
