/** Names of system calls by number, and the sets that -e trace= knows. */
import * as numbers from '../../../kernel/abi/syscall-numbers.ts';
import { SIGNATURES } from '../../../kernel/trace/signatures.ts';

const NAMES = new Map<number, string>(
  Object.entries(numbers).map(([name, value]) => [value, name.replace(/^SYS_/, '')]),
);

export function callName(number: number): string {
  return NAMES.get(number) ?? `syscall_0x${number.toString(16)}`;
}
export function allNames(): string[] {
  return [...NAMES.values()];
}

const takesPath = (name: string): boolean => /\bpath\b/.test(SIGNATURES[name] ?? '');
const takesDescriptor = (name: string): boolean => /\b(fd|dirfd|>?fds)\b/.test(SIGNATURES[name] ?? '');
const among = (words: string): ((name: string) => boolean) => {
  const set = new Set(words.split(' '));
  return name => set.has(name);
};

const CLASSES: Readonly<Record<string, (name: string) => boolean>> = {
  file: name => takesPath(name) || name === 'getcwd',
  desc: takesDescriptor,
  process: among(
    'clone clone3 fork vfork execve execveat exit exit_group wait4 waitid kill tkill tgkill rt_sigqueueinfo pidfd_send_signal',
  ),
  network: among(
    'socket connect accept accept4 sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg shutdown bind listen getsockname ' +
      'getpeername socketpair setsockopt getsockopt',
  ),
  signal: among(
    'rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_sigsuspend sigaltstack ' +
      'kill tkill tgkill pause signalfd signalfd4 rt_tgsigqueueinfo pidfd_send_signal',
  ),
  ipc: name => /^(shm|sem|msg)/.test(name),
  memory: among(
    'mmap mprotect munmap brk mremap msync mincore madvise mlock munlock mlockall munlockall mlock2',
  ),
  clock: among(
    'clock_gettime clock_settime clock_getres clock_adjtime gettimeofday settimeofday time adjtimex',
  ),
  creds: name => /^[gs]et(res|re|e|fs)?[ug]id$|^[gs]etgroups$|^cap[gs]et$/.test(name),
};

/** The calls that a list like `open,%process,!close` means; a string is the word that means nothing. */
export function parseCallSet(list: string): ReadonlySet<string> | string {
  const isNegated = list.startsWith('!');
  const names = allNames();
  const chosen = new Set<string>();
  for (const word of list.slice(isNegated ? 1 : 0).split(',')) {
    if (word === 'all') names.forEach(name => chosen.add(name));
    else if (word === 'none' || word === '') continue;
    else if (word.startsWith('/')) {
      const pattern = new RegExp(word.slice(1));
      names.filter(name => pattern.test(name)).forEach(name => chosen.add(name));
    } else {
      const test = CLASSES[word.replace(/^%/, '')];
      const isKnown = names.includes(word.replace(/^\?/, ''));
      if (isKnown && !word.startsWith('%')) chosen.add(word.replace(/^\?/, ''));
      else if (test) names.filter(test).forEach(name => chosen.add(name));
      else if (!word.startsWith('?')) return word;
    }
  }
  return isNegated ? new Set(names.filter(name => !chosen.has(name))) : chosen;
}
