/**
 * Control of a kernel that runs in a thread of Node: the API reaches it by comlink, and makes the ports of a new process
 * in memory that both threads share.
 */
import type { Kernel } from '../../kernel/kernel.ts';
import { Control } from '../control/control.ts';
import type { ControlInterface, Reply, SpawnSpec } from '../control/protocol.ts';
import type { NodeMachine } from './node-machine.ts';

/** A port made by the monitor, by number and memory. */
export interface PortSpec {
  readonly number: number;
  readonly memory: SharedArrayBuffer;
}

export interface NodeControlInterface extends Omit<ControlInterface, 'spawn'> {
  /** `ports`: what the numbers in `spec.stdio` stand for. They stay until closePort. */
  spawn(spec: SpawnSpec, ports: readonly PortSpec[]): Reply<number>;
  closePort(number: number): undefined;
}

export class NodeControl extends Control implements NodeControlInterface {
  readonly #machine: NodeMachine;

  constructor(kernel: Kernel, machine: NodeMachine) {
    super(kernel, machine);
    this.#machine = machine;
  }

  override spawn(spec: SpawnSpec, ports: readonly PortSpec[] = []): Reply<number> {
    for (const { number, memory } of ports) this.#machine.addPort(number, memory);
    return super.spawn(spec);
  }

  closePort(number: number): undefined {
    this.#machine.removePort(number);
    return undefined;
  }
}
