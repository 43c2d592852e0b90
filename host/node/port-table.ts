/**
 * The ports of one guest, by number, at the outside's end. Bound sockets share the numbers, because they tell the
 * kernel that something happened as ports do: by a bit of the board and LINE_PORT.
 */
import { LINE_PORT } from '../machine.ts';
import { MAX_PORTS, PORTS, raise, setBit } from '../board.ts';
import { OutsidePort, createPortMemory } from './port-ring.ts';

/** A port as its maker has it: `number` and `memory` are for the kernel. */
export interface OpenedPort {
  readonly number: number;
  readonly memory: SharedArrayBuffer;
  readonly port: OutsidePort;
}

export class PortTable {
  readonly #board: Int32Array;
  /** undefined: the number of something that is no port. */
  readonly #ports = new Map<number, { port: OutsidePort; onChange: () => void } | undefined>();
  #next = 1;

  constructor(board: Int32Array) {
    this.#board = board;
  }

  /** Makes a port; `onChange` is called when the guest moved bytes or ended a direction. */
  open(onChange: (port: OutsidePort) => void, number = this.reserve()): OpenedPort {
    const memory = createPortMemory();
    const port = new OutsidePort(memory, () => this.tell(number));
    this.#ports.set(number, { port, onChange: () => onChange(port) });
    return { number, memory, port };
  }

  get isFull(): boolean {
    return this.#ports.size >= MAX_PORTS - 1;
  }

  /** A number for something else, until `close`. Throws if all are in use. */
  reserve(): number {
    if (this.isFull) throw new Error(`lodger: more than ${MAX_PORTS} ports open at once`);
    while (this.#ports.has(this.#next)) this.#next = (this.#next % (MAX_PORTS - 1)) + 1;
    const number = this.#next;
    this.#next = (number % (MAX_PORTS - 1)) + 1;
    this.#ports.set(number, undefined);
    return number;
  }

  close(number: number): void {
    this.#ports.delete(number);
  }
  clear(): void {
    this.#ports.clear();
  }

  /** Raises the interrupt of a port. */
  tell(number: number): void {
    setBit(this.#board, PORTS, number);
    raise(this.#board, LINE_PORT);
  }
  /** The guest changed a port. */
  changed(number: number): void {
    const entry = this.#ports.get(number);
    entry?.port.acknowledge();
    entry?.onChange();
  }
}
