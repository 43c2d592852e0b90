/**
 * UnixSockets: the Unix-domain family of one kernel, `kernel.unix`; unix(7). See socket.ts for what a family is.
 */
import type { Kernel } from '../kernel.ts';

export class UnixSockets {
  readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }
}
