/** Helper calls: the interpreter meets an instruction that TypeScript does. */
import type { Decoder } from './decoder.ts';
import type { Form } from './form.ts';
import type { HelperInstruction, HelperOperand } from './helper.ts';
import type { Running } from './running.ts';
import * as access from './access.ts';
import { ContextState } from './context-state.ts';
import { DECODED, Instruction, MAX_LENGTH } from './decoder.ts';
import { CpuFault } from './helper.ts';
import { addressAt } from './running.ts';
import { ACCESS_WRITE, CPU_FUEL } from '../../kernel/abi/cpu-context.ts';

/** A helper takes about as long as so many blocks: it costs that fuel, or a run of them would take seconds. */
const HELPER_FUEL = 8;

interface KnownInstruction extends HelperInstruction {
  readonly form: Form;
}

export class HelperCalls {
  readonly #running: Running;
  readonly #decoder: Decoder;
  readonly #state: ContextState;
  readonly #instruction = new Instruction();
  /** By record. */
  readonly #known = new Map<number, KnownInstruction>();

  constructor(running: Running, decoder: Decoder, timeStamp: () => number) {
    this.#running = running;
    this.#decoder = decoder;
    this.#state = new ContextState(running.view, running.bytes, {
      load: (address, into) => running.load(address, into),
      checkStore: (address, length) => running.check(address, length, ACCESS_WRITE),
      store: (address, from) => running.store(address, from),
      timeStamp,
    });
  }

  /** InterpreterImports.help */
  help(record: number): number {
    const running = this.#running;
    running.words[(running.context + CPU_FUEL) >>> 2]! -= HELPER_FUEL;
    const known = this.#known.get(record) ?? this.#learn(record);
    this.#readMemoryOperand(record);
    this.#state.begin(running.context, this.#instruction);
    try {
      known.form.row.helper!(this.#state, known);
    } catch (error) {
      if (!(error instanceof CpuFault)) throw error;
      running.rip = known.pc;
      return error.trap;
    }
    if (!running.takeCodeChange()) return 0;
    running.rip = known.next;
    return access.EXIT_RESYNC;
  }

  /** The record is used for another instruction from now on. */
  forget(record: number): void {
    this.#known.delete(record);
  }
  forgetAll(): void {
    this.#known.clear();
  }

  #learn(record: number): KnownInstruction {
    const { words, bytes: memory } = this.#running;
    const instruction = this.#instruction;
    const pc = addressAt(words, (record + access.RECORD_PC) >>> 2);
    const length = memory[record + access.RECORD_LENGTH]!;
    const bytes = new Uint8Array(MAX_LENGTH);
    const code = this.#running.code(pc);
    bytes.set(code.bytes.subarray(code.at, code.at + length));
    if (this.#decoder.decode(bytes, 0, MAX_LENGTH, pc, instruction) !== DECODED)
      throw new Error('an instruction changed under its helper');
    const { form, values, modrm, next } = instruction;
    const operands = form.operands.map(({ kind, width }, i): HelperOperand => ({
      kind,
      width,
      value: values[i]!,
    }));
    const { opcode, operandSize } = form;
    const made = { form, name: form.row.name, opcode, modrm, operandSize, pc, next, operands };
    this.#known.set(record, made);
    return made;
  }

  /** The parts of the memory operand: all that ContextState wants of the instruction. */
  #readMemoryOperand(record: number): void {
    const { words } = this.#running;
    const into = this.#instruction;
    const w = record >>> 2;
    into.base = words[w + 6]! & 0xffff;
    into.index = words[w + 6]! >>> 16;
    into.segment = words[w + 7]! & 0xffff;
    into.scale = (words[w + 7]! >>> 16) & 3;
    into.isAddress32 = (words[w + 7]! & (access.SCALE_ADDRESS32 << 16)) !== 0;
    into.displacement = words[w + 8]!;
    into.displacementHigh = words[w + 9]!;
  }
}
