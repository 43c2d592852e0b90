/**
 * The guests inside a guest: those that this program booted, and those that it found (started from a shell, say) by
 * their sockets in /run/lodger. Each has one object here for as long as it runs.
 */
import type { Guest } from './guest.ts';
import type { GuestFs } from './guest-fs.ts';
import type { GuestInfo } from './guest-info.ts';
import type { GuestLink } from './link.ts';
import { NestedLink } from './nested-link.ts';

const SOCKETS = '/run/lodger';
/** How long an inner kernel may take to answer who only wants to look. */
const ANSWER_MS = 1500;

/** Makes the object of an inner guest that answers. */
type Adopt = (link: NestedLink, name: string) => Guest;

export class InnerGuests {
  readonly #outer: GuestLink;
  readonly #fs: GuestFs;
  readonly #adopt: Adopt;
  readonly #guests = new Map<number, { guest: Guest; link: NestedLink }>();
  readonly #attaching = new Map<number, Promise<Guest | undefined>>();

  constructor(outer: GuestLink, fs: GuestFs, adopt: Adopt) {
    this.#outer = outer;
    this.#fs = fs;
    this.#adopt = adopt;
  }

  /** Those that are known and run. */
  get known(): Guest[] {
    return [...this.#guests.values()].map(({ guest }) => guest);
  }

  /** Remembers an inner guest until it has stopped. */
  add(guest: Guest, link: NestedLink): void {
    this.#guests.set(link.pid, { guest, link });
    void guest.halted.then(async () => {
      this.#guests.delete(link.pid);
      await link.close();
    });
  }

  /** All that run now. */
  async find(): Promise<Guest[]> {
    const found = await Promise.all((await this.#pids()).map(pid => this.#guestAt(pid)));
    return found.filter(guest => guest !== undefined);
  }

  /** What is to be told of all that run now. Those that nobody has asked for are let go of afterwards. */
  async describe(): Promise<GuestInfo[]> {
    const infos = await Promise.all(
      (await this.#pids()).map(async pid => {
        const known = this.#guests.get(pid);
        if (known) return await describe(known.link, known.guest.name);
        const link = await NestedLink.attach(this.#outer, pid);
        try {
          return await describe(link, undefined);
        } finally {
          await link.close();
        }
      }),
    );
    return infos.filter(info => info !== undefined);
  }

  async #pids(): Promise<number[]> {
    const names = await this.#fs.readdir(SOCKETS).catch(() => []);
    const pids = names.flatMap(name => /^([0-9]+)\.sock$/.exec(name)?.[1] ?? []).map(Number);
    return pids.sort((a, b) => a - b);
  }

  async #guestAt(pid: number): Promise<Guest | undefined> {
    const known = this.#guests.get(pid)?.guest;
    if (known) return known;
    const attaching = this.#attaching.get(pid) ?? this.#attach(pid);
    this.#attaching.set(pid, attaching);
    try {
      return await attaching;
    } finally {
      this.#attaching.delete(pid);
    }
  }

  /** undefined: it ends in this moment, or does not answer. */
  async #attach(pid: number): Promise<Guest | undefined> {
    const link = await NestedLink.attach(this.#outer, pid);
    const name = await inTime(nameOf(link));
    if (name === undefined) {
      await link.close();
      return undefined;
    }
    const guest = this.#adopt(link, name);
    this.add(guest, link);
    return guest;
  }
}

async function nameOf(link: NestedLink): Promise<string> {
  await link.life.alive(link.control.ready());
  return await link.name();
}

async function describe(link: NestedLink, name: string | undefined): Promise<GuestInfo | undefined> {
  const { control, life } = link;
  return await inTime(
    Promise.all([
      name ?? nameOf(link),
      life.alive(control.memory()),
      life.alive(control.processes()),
      link.guests().catch(() => []),
    ]).then(([known, memory, processes, guests]) => ({
      pid: link.pid,
      name: known,
      memory,
      processes,
      guests,
    })),
  );
}

/** undefined: not in time, or not at all. */
export async function inTime<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(resolve, ANSWER_MS, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
