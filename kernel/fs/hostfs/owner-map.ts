/**
 * OwnerMap: whose files the guest sees. By default the host user who runs this process is the guest's root, as in a
 * rootless container: what that user owns, `uid=`/`gid=` (0 by default) own in the guest. Other ids stay as they are,
 * except that a host id equal to the guest's owner shows as 65534 (nobody): host root's files are not guest root's.
 *
 * With `map=root`, for a whole system as the guest's root directory, host root's files are guest root's too: programs
 * such as sudo, ssh and git insist on that. With `map=host` ids are the host's.
 */
import { EPERM } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';

const OVERFLOW_ID = 65534;

export class OwnerMap {
  /** The id of the host user (or group) that runs this process. */
  readonly host: number;
  /** Who that is in the guest. */
  readonly guest: number;
  /** Whether host ids equal to `guest` show as what they are. */
  readonly #isShared: boolean;

  constructor(host: number, guest: number, sharing: 'apart' | 'shared' = 'apart') {
    this.host = host;
    this.guest = guest;
    this.#isShared = sharing === 'shared';
  }

  toGuest(id: number): number {
    if (id === this.host) return this.guest;
    return id === this.guest && !this.#isShared ? OVERFLOW_ID : id;
  }

  /** The host id to store for a guest id. EPERM: the guest id stands for no host id. */
  toHost(id: number): number {
    if (id === this.guest) return this.host;
    return id === this.host ? fail(EPERM, 'this id is mapped to another one') : id;
  }
}
