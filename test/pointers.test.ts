import { expect, it } from 'vitest';
import { systemCalls } from '../kernel/syscall/all.ts';
import { bootGuest, sh } from './guest.ts';
import { testPrograms } from './program.ts';
import { POINTER_CASES } from './programs/pointer-cases.ts';

/** Kinds of arguments (kernel/syscall/strace.ts) that are addresses. */
const POINTER_KINDS = new Set([
  'path',
  'str',
  'buf',
  'ptr',
  'stat_ptr',
  'timespec_ptr',
  'sigset_ptr',
  'argv',
]);

/** Calls without a line in pointer-cases.ts. */
const WITHOUT_CASE: Record<string, string> = {
  ptrace: 'needs a tracee: kernel/task/ptrace.test.ts',
  map_shadow_stack: 'a wish for a place; there are no shadow stacks',
  io_destroy: 'the address is a number of a context',
  io_submit: 'the address is a number of a context',
  io_getevents: 'the address is a number of a context',
  io_pgetevents: 'the address is a number of a context',
  io_cancel: 'the address is a number of a context',
};

/** Results other than EFAULT, each as on Linux 6.18 unless it says otherwise. `name argument:direction kind result`. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/ \S+:any /, 'only looked at if the call is interrupted, or when the task ends'],
  [/ \S+:addr \S+ (ok|EINVAL|ENOMEM|ENOENT)$/, 'an address to find, not memory to use'],
  [/^p?(read|write)(v|v2|64)? 1(\.0)?:\S+ last-byte ok$/, 'one byte is a short transfer'],
  [/^(process_vm_(readv|writev)|vmsplice) \S+ last-byte ok$/, 'one byte is a short transfer'],
  [/^(getrandom|mincore|mq_timedreceive) \S+ last-byte ok$/, 'one byte is all, or a short transfer'],
  // Linux: EFAULT, and the message is lost.
  [/^recv(from|msg|mmsg) 1(\S*\.0)?:out last-byte ok$/, 'the message is cut where its memory ends'],
  [/^futex(_waitv|_wait|_wake|_requeue)? \S+ (low|last-byte) EINVAL$/, 'not aligned'],
  [/^clone \S+ \S+ ENOSYS$/, 'no clone but vfork for native programs'],
];

it('has a line for each system call that takes a pointer', () => {
  const covered = new Set(
    POINTER_CASES.trim()
      .split('\n')
      .map(line => line.split(' ')[0]!),
  );
  const missing = [...systemCalls.values()]
    .filter(
      ({ handler, args }) => handler !== undefined && args.split(' ').some(kind => POINTER_KINDS.has(kind)),
    )
    .map(({ name }) => name)
    .filter(name => !covered.has(name) && !(name in WITHOUT_CASE));
  expect(missing).toEqual([]);
});

it('answers bad pointers in every call with EFAULT, or as Linux does, and lives on', async () => {
  const guest = await bootGuest({ programs: await testPrograms('pointers') });
  const { stdout, stderr, code } = await guest.exec('pointers', [], { timeoutMs: 25_000 });
  const cases = POINTER_CASES.trim().split('\n');
  const wrong: string[] = [];
  let calls = 0;
  for (const line of stdout.trim().split('\n')) {
    const [name, number, argument, kind, result] = line.split(' ');
    calls++;
    if (argument === 'good') {
      const last = cases[Number(number)]!.split(' ').at(-1)!;
      const expected = last.startsWith('=') ? last.slice(1) : 'ok';
      if (expected !== '?' && expected !== result) wrong.push(`${cases[Number(number)]!}: ${result!}`);
      continue;
    }
    const outcome = `${name!} ${argument!} ${kind!} ${result!}`;
    if (result !== 'EFAULT' && !OTHERS.some(([pattern]) => pattern.test(outcome))) wrong.push(outcome);
  }
  expect({ wrong, stderr, code }).toEqual({ wrong: [], stderr: '', code: 0 });
  expect(calls).toBeGreaterThan(2500);
  expect((await sh(guest, 'echo alive')).stdout).toBe('alive\n');
});
