import { describe, expect, it } from 'vitest';
import type { Reader } from './arguments.ts';
import { entryText, exitText, resultText } from './call.ts';
import { signalSetText } from './flags.ts';
import { quote } from './quote.ts';
import { systemCalls } from '../syscall/all.ts';
import { SIGNATURES } from './signatures.ts';

const options = { stringLimit: 32, isVerbose: false };

/** A process whose memory is a few strings and bytes at addresses. */
function reader(args: readonly (number | bigint)[], memory: Record<number, string> = {}): Reader {
  return {
    argument: n => BigInt.asUintN(64, BigInt(args[n] ?? 0)),
    read: (at, length) => {
      const text = memory[at];
      return text === undefined || text.length < length
        ? undefined
        : Uint8Array.from(text.slice(0, length), c => c.charCodeAt(0));
    },
    text: (at, limit) => {
      const text = memory[at];
      return text === undefined
        ? undefined
        : { text: text.slice(0, limit + 1), isWhole: text.length <= limit };
    },
  };
}
/** The whole line of a call. */
function line(
  name: string,
  args: readonly (number | bigint)[],
  result: number,
  memory?: Record<number, string>,
): string {
  const r = reader(args, memory);
  const { text, shown } = entryText(name, r, options);
  return `${text}${exitText(name, shown, r, options, result)} = ${resultText(name, result, r)}`;
}

describe('lines of calls', () => {
  it('are those of strace 6.1', () => {
    expect(line('openat', [-100, 16, 0o2000000], -2, { 16: '/nope' })).toBe(
      'openat(AT_FDCWD, "/nope", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)',
    );
    expect(line('openat', [-100, 16, 0o1102, 0o644], 8, { 16: '/tmp/xx' })).toBe(
      'openat(AT_FDCWD, "/tmp/xx", O_RDWR|O_CREAT|O_TRUNC, 0644) = 8',
    );
    expect(line('write', [4, 16, 8], 8, { 16: 'x\0y\xffz"q\\' })).toBe(
      String.raw`write(4, "x\0y\377z\"q\\", 8) = 8`,
    );
    expect(line('read', [3, 16, 100], -11, {})).toBe(
      'read(3, 0x10, 100) = -1 EAGAIN (Resource temporarily unavailable)',
    );
    expect(line('fcntl', [3, 1], 1)).toBe('fcntl(3, F_GETFD) = 0x1 (flags FD_CLOEXEC)');
    expect(line('fcntl', [3, 4, 0o4000], 0)).toBe('fcntl(3, F_SETFL, O_RDONLY|O_NONBLOCK) = 0');
    expect(line('umask', [0o22], 0o22)).toBe('umask(022) = 022');
    expect(line('mmap', [0, 8192, 3, 0x22, -1, 0], 0x7f0000)).toBe(
      'mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000',
    );
    expect(line('poll', [16, 1, -1], 1, { 16: '\x03\0\0\0\x01\0\x01\0' })).toBe(
      'poll([{fd=3, events=POLLIN}], 1, -1) = 1 ([{fd=3, revents=POLLIN}])',
    );
    expect(line('wait4', [-1, 16, 3, 0], 9, { 16: '\0\x03\0\0' })).toBe(
      'wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], WNOHANG|WSTOPPED, NULL) = 9',
    );
    expect(line('kill', [99999, 0], -3)).toBe('kill(99999, 0) = -1 ESRCH (No such process)');
    expect(line('pause', [], -514)).toBe('pause() = ? ERESTARTNOHAND (To be restarted if no handler)');
  });
});

describe('signal sets', () => {
  it('show what is missing when most is there', () => {
    expect(signalSetText(1n << 1n)).toBe('[INT]');
    expect(signalSetText((2n ** 64n - 1n) & ~(1n << 8n) & ~(1n << 18n))).toBe('~[KILL STOP]');
    expect(signalSetText((1n << 1n) | (1n << 34n))).toBe('[INT RT_3]');
  });
});

describe('quoted strings', () => {
  it('are cut, and octal escapes stay apart from digits', () => {
    expect(quote('abcdef', 4)).toBe('"abcd"...');
    expect(quote('\x011', 8)).toBe(String.raw`"\0011"`);
  });
});

describe('signatures', () => {
  it('have as many arguments as the system-call table', () => {
    for (const { name, args, support } of systemCalls.values()) {
      const signature = Object.hasOwn(SIGNATURES, name) ? SIGNATURES[name]! : undefined;
      if (signature === undefined || support === 'missing') continue;
      const count = (text: string): number => (text === '' ? 0 : text.split(' ').length);
      expect(`${name} ${count(signature)}`).toBe(`${name} ${count(args)}`);
    }
  });
});
