/**
 * BufferBudget: how many bytes of host memory the buffers of pipes and sockets may take in all. They lie outside of the
 * guest's RAM, so without a limit a guest could fill the host's memory with full pipes. Linux counterparts:
 * pipe-user-pages-hard, net.core.*mem_max; there the pages are the machine's own.
 */
export class BufferBudget {
  readonly limit: number;
  used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  has(bytes: number): boolean {
    return this.used + bytes <= this.limit;
  }

  /** Takes bytes out of the budget; false if there are not so many left. Give them back with `give`. */
  take(bytes: number): boolean {
    if (!this.has(bytes)) return false;
    this.used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.used -= bytes;
  }
}
