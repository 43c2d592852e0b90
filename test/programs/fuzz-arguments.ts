/**
 * Random arguments for system calls: each chosen by its kind (kernel/syscall/strace.ts), mostly plausible, so that calls
 * get past their first checks, and sometimes anything. Pure: the same seed gives the same arguments.
 */

/** mulberry32 */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  /** An unsigned 32-bit number. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }
  below(n: number): number {
    return this.next() % n;
  }
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

/** Memory for arguments: NUL-terminated names in slots, then words. */
export const NAME_SLOT = 272;
export const WORDS_OFFSET = 0x8000;
export const WORD_COUNT = 512;

export const NAMES: readonly string[] = [
  ...[
    '/tmp',
    '/tmp/a',
    '/tmp/b',
    '/tmp/d',
    '/tmp/d/x',
    '/tmp/l',
    '/tmp/fifo',
    '/tmp/sock',
    '/',
    '.',
    '..',
    '',
  ],
  ...[
    '/proc/self/fd/0',
    '/proc/self/mem',
    '/proc/self/maps',
    '/proc/self',
    '/proc/self/exe',
    '/proc/self/cwd',
  ],
  ...[
    '/dev/null',
    '/dev/zero',
    '/dev/tty',
    '/dev/ptmx',
    '/dev/pts/0',
    '/dev/console',
    '/dev/full',
    '/dev/random',
  ],
  ...['/proc/sys/kernel/hostname', '/proc/sys/kernel/pid_max', '/proc/self/status', '/sys', '/dev/shm/m'],
  ...['/tmp/d/../a/', 'a', 'user.x', 'tmpfs', 'proc', '/proc/self/oom_score_adj', '/proc/self/fdinfo/3'],
  ...['/proc/self/task', '/nonexistent/x', 'security.a', 'system.posix_acl_access', 'trusted.q', 'size=1m'],
  ...['/dev/kmsg', '/proc/kmsg', '/proc/self/setgroups', '/proc/self/comm', '/proc/mounts', '/etc/passwd'],
  ...[`/tmp/${'y'.repeat(255)}`, `/tmp/${'z'.repeat(256)}`],
];

const SIZES: readonly number[] = [
  ...[0, 1, 2, 4, 8, 8, 8, 16, 16, 24, 32, 48, 64, 88, 100, 110, 112, 128, 144, 255, 4096, 8192, 65536],
];
const NUMBERS: readonly number[] = [
  ...[
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256, 1023, 1024, 1025,
    4095,
  ],
  ...[
    4096,
    4097,
    65535,
    65536,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    2 ** 32,
    0x7ffffffff000,
    2 ** 47,
    2 ** 52,
  ],
];
const IOCTLS: readonly number[] = [
  ...[0x5401, 0x5402, 0x5403, 0x5404, 0x5409, 0x540b, 0x540e, 0x540f, 0x5410, 0x5411, 0x5412, 0x5413, 0x5414],
  ...[0x541b, 0x5421, 0x5422, 0x5423, 0x5424, 0x5429, 0x80045430, 0x40045431, 0x5441, 0x5450, 0x5451, 0x5452],
];
const OPEN_FLAGS: readonly number[] = [
  ...[0, 1, 2, 0o102, 0o1102, 0o4000, 0o4102, 0o200000, 0o2000000, 0o10000000, 0o20200002, 0o2102],
];

/** What a program has to offer as arguments. */
export interface World {
  /** Address of WORDS_OFFSET + WORD_COUNT * 8 bytes of memory. */
  readonly scratch: number;
  readonly badPointers: readonly number[];
  fds(): readonly number[];
  pids(): readonly number[];
}

export function pointer(random: Random, world: World): number {
  const how = random.below(20);
  if (how === 0) return random.pick(world.badPointers);
  if (how === 1) return 0;
  if (how < 8) return world.scratch + random.below(NAMES.length) * NAME_SLOT;
  return (
    world.scratch + WORDS_OFFSET + random.below(WORD_COUNT) * 8 + (random.oneIn(30) ? random.below(8) : 0)
  );
}

/** Any 64-bit word, exact as a number. */
export function word(random: Random, world: World): number {
  switch (random.below(8)) {
    case 0:
      return pointer(random, world);
    case 1:
      return -random.below(300);
    case 2:
      return random.next();
    case 3:
      return random.below(16) + random.below(32) * 2 ** 32;
    case 4:
      return random.below(16);
    default:
      return random.pick(NUMBERS);
  }
}

export function argument(kind: string, random: Random, world: World): number {
  if (random.oneIn(25)) return word(random, world);
  const { pick } = { pick: <T>(list: readonly T[]): T => random.pick(list) };
  switch (kind) {
    case 'fd':
      return random.oneIn(6) ? pick([-1, 0, 1, 2, 1000, 0x7fffffff, -100]) : pick(world.fds());
    case 'dirfd':
      return random.oneIn(3) ? pick(world.fds()) : -100;
    case 'path':
    case 'str':
      return random.oneIn(15)
        ? pointer(random, world)
        : world.scratch + random.below(NAMES.length) * NAME_SLOT;
    case 'buf':
    case 'ptr':
    case 'stat_ptr':
    case 'timespec_ptr':
    case 'sigset_ptr':
    case 'argv':
      return pointer(random, world);
    case 'len':
      return random.oneIn(8) ? pick(NUMBERS) : random.oneIn(4) ? random.below(300) : pick(SIZES);
    case 'off':
      return pick([0, 0, 1, 4096, -1, 100, 2 ** 31, 2 ** 33, 2 ** 43, random.below(10000)]);
    case 'pid':
      return pick(world.pids());
    case 'uid':
      return pick([0, 0, 1000, -1, 65534]);
    case 'signal':
      return random.below(66);
    case 'openflags':
      return random.oneIn(3) ? random.next() & random.next() & 0o77777777 : pick(OPEN_FLAGS);
    case 'octal':
      return pick([0o644, 0o755, 0o777, 0, 0o4755, 0o10644, 0o20666, 0o100644, 0o140755, 0o40755]);
    case 'int':
    case 'uint':
      return pick([0, 1, 2, 3, 4, 5, 8, 16, -1, random.below(64), pick(NUMBERS)]);
    case 'whence':
      return random.below(6);
    case 'mmapprot':
      return random.below(8);
    case 'mmapflags':
      return pick([0x22, 0x21, 0x2, 0x1, 0x122, 0x40022, random.next() & 0xfffef]);
    case 'waitflags':
      return 1 | (random.next() & 0xf) | (random.oneIn(5) ? random.next() : 0);
    case 'request':
      return random.oneIn(5) ? random.next() : pick(IOCTLS);
    case 'futexop':
      return random.below(16) | (random.oneIn(2) ? 128 : 0) | (random.oneIn(4) ? 256 : 0);
    case 'clockid':
      return pick([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -1, -6, -2, random.next()]);
    case 'ptrace':
      return pick([
        0, 1, 3, 4, 7, 8, 9, 16, 17, 24, 12, 13, 0x4200, 0x4201, 0x4202, 0x4206, 0x4207, 0x4208, 0x420e,
      ]);
    case 'atflags':
      return pick([0, 0x100, 0x200, 0x400, 0x1000, 0x800, 0x2000, random.next()]);
    case 'hex':
      return pick([
        0,
        0,
        1,
        2,
        4,
        8,
        16,
        0x100,
        0x200,
        0x400,
        0x800,
        0x1000,
        random.below(256),
        random.next(),
      ]);
    default:
      return word(random, world);
  }
}
