/** sort(1): GNU coreutils 9.1 in the locale C.UTF-8, where characters sort as their bytes do. */
import { quote } from '../../coreutils/lib/quote.ts';
import { parseSize } from '../../coreutils/lib/sizes.ts';
import { O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } from '../../libc/fcntl.ts';
import { type Options, parse, usageError } from '../../libc/getopt.ts';
import { SysError } from '../../libc/native.ts';
import { LineReader, readText, stdout, Writer } from '../../libc/stdio.ts';
import { fail, warn } from '../../libc/stdlib.ts';
import { clockGettime, CLOCK_MONOTONIC } from '../../libc/time.ts';
import { close, getpid, open } from '../../libc/unistd.ts';
import { type Key, KeyError, parseKey } from './keys.ts';
import { mergeSources, Runs, type Source } from './merge.ts';
import { Order } from './order.ts';
import { USAGE } from './usage.ts';

/** Bytes of lines held in memory: strings of this size fit any heap, and guest memory may be smaller than the file. */
const BUDGET = 32 << 20;
/** What a line costs beside its bytes. */
const LINE_COST = 48;
const TROUBLE = 2;
const SORTS: Record<string, string> = {
  'general-numeric': 'g',
  'human-numeric': 'h',
  month: 'M',
  numeric: 'n',
  random: 'R',
  version: 'V',
};

export function sort(argv: string[]): number {
  const found = parse(modernise(argv), {
    short: 'bcCdfghik:mMno:rRsS:t:T:uVy:z',
    long: {
      'ignore-leading-blanks': 'b',
      'dictionary-order': 'd',
      'ignore-case': 'f',
      'general-numeric-sort': 'g',
      'ignore-nonprinting': 'i',
      'month-sort': 'M',
      'human-numeric-sort': 'h',
      'numeric-sort': 'n',
      'random-sort': 'R',
      'random-source': 'source:',
      reverse: 'r',
      sort: 'sort:',
      'version-sort': 'V',
      'batch-size': 'batch:',
      check: 'check::',
      'compress-program': 'compress:',
      debug: 'debug',
      'files0-from': 'files0:',
      key: 'k',
      merge: 'm',
      output: 'o',
      stable: 's',
      'buffer-size': 'S',
      'field-separator': 't',
      'temporary-directory': 'T',
      parallel: 'parallel:',
      unique: 'u',
      'zero-terminated': 'z',
    },
    usage: USAGE,
    failure: TROUBLE,
  });
  let files = found.operands;
  const list = found.value('files0');
  if (list !== undefined) {
    if (files.length > 0) {
      fail(
        TROUBLE,
        `extra operand ${quote(files[0]!)}\nfile operands cannot be combined with --files0-from\nTry 'sort --help' for more information.`,
      );
    }
    files = readText(openInput(list))
      .split('\0')
      .filter(name => name !== '');
  }
  if (files.length === 0) files = ['-'];
  const order = orderOf(found);
  const delimiter = found.has('z') ? '\0' : '\n';
  const check = found.has('check') ? (found.value('check') ?? 'diagnose-first') : found.last('c', 'C');
  if (check !== undefined) {
    if (files.length > 1)
      return usageError(
        'sort',
        `extra operand ${quote(files[1]!)} not allowed with -${check === 'C' ? 'C' : 'c'}`,
        TROUBLE,
      );
    return checkOrder(files[0]!, order, delimiter, check === 'C' || check === 'quiet' || check === 'silent');
  }
  const lines = found.has('m')
    ? mergeSources(
        files.map(name => sourceOf(name, delimiter)),
        order,
      )
    : sorted(files, order, delimiter, found);
  const output = found.value('o');
  if (output === undefined) return print(lines, order, delimiter, stdout);
  // The output may be one of the inputs, so all of a merge's input is read first.
  const source = found.has('m') && files.includes(output) ? arraySource(collect(lines)) : lines;
  try {
    const out = new Writer(open(output, O_WRONLY | O_CREAT | O_TRUNC), 'full');
    print(source, order, delimiter, out);
    out.flush();
  } catch (error) {
    if (error instanceof SysError) return fail(TROUBLE, `open failed: ${output}: ${error.message}`);
    throw error;
  }
  return 0;
}

/** Old forms: +1 -2 for keys. */
function modernise(argv: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const start = /^\+([0-9]+)(?:\.([0-9]+))?([bdfgiMnrV]*)$/.exec(argv[i]!);
    const end = start ? /^-([0-9]+)(?:\.([0-9]+))?([bdfgiMnrV]*)$/.exec(argv[i + 1] ?? '') : null;
    if (!start || !end || i === 0) {
      out.push(argv[i]!);
      continue;
    }
    i++;
    const endKey = end[2] && end[2] !== '0' ? `${Number(end[1]) + 1}.${end[2]}` : end[1]!;
    out.push('-k', `${Number(start[1]) + 1}.${Number(start[2] ?? 0) + 1}${start[3]},${endKey}${end[3]}`);
  }
  return out;
}

function orderOf(found: Options): Order {
  let global = '';
  for (const { key, value } of found.options) {
    if ('bdfghiMnRrV'.includes(key)) global += key;
    if (key === 'sort') {
      const names = Object.keys(SORTS).filter(name => name.startsWith(value!));
      if (names.length !== 1)
        usageError('sort', `invalid argument ${quote(value!)} for ${quote('--sort')}`, TROUBLE);
      global += SORTS[names[0]!]!;
    }
  }
  let separator = found.value('t');
  if (separator === '') fail(TROUBLE, 'empty tab');
  if (separator === '\\0') separator = '\0';
  if (separator !== undefined && separator.length > 1)
    fail(TROUBLE, `multi-character tab ${quote(separator)}`);
  let keys: Key[];
  try {
    keys = found.values('k').map(parseKey);
  } catch (error) {
    if (error instanceof KeyError) return fail(TROUBLE, error.message);
    throw error;
  }
  const skips = global.includes('b');
  // Keys without options of their own take the general ones.
  keys = keys.map(key =>
    key.options === '' && !key.skipsStartBlanks && !key.skipsEndBlanks
      ? { ...key, options: global.replaceAll('b', ''), skipsStartBlanks: skips, skipsEndBlanks: skips }
      : key,
  );
  if (keys.length === 0 && /[bdfghiMnRV]/.test(global)) {
    const options = global.replaceAll('b', '');
    keys.push({
      startField: 0,
      startChar: 0,
      endField: Infinity,
      endChar: 0,
      options,
      skipsStartBlanks: skips,
      skipsEndBlanks: false,
    });
  }
  for (const { options } of keys) checkCompatible(options);
  const isRandom = keys.some(key => key.options.includes('R'));
  return new Order({
    keys,
    separator,
    isReversed: global.includes('r'),
    isStable: found.has('s'),
    isUnique: found.has('u'),
    salt: isRandom ? Math.imul(getpid(), 0x9e3779b1) ^ clockGettime(CLOCK_MONOTONIC).nsec : 0,
  });
}

function checkCompatible(options: string): void {
  const kinds = [...new Set(options)].filter(letter => 'gnhMVR'.includes(letter));
  const letters = [...new Set(options)].filter(letter => letter !== 'r' && letter !== 'b');
  const isText = /[di]/.test(options);
  if (kinds.length > 1 || (isText && kinds.some(kind => 'gnhM'.includes(kind)))) {
    const shown = [...'dfghiMnRV'].filter(letter => letter !== 'f' && letters.includes(letter)).join('');
    fail(TROUBLE, `options '-${shown}' are incompatible`);
  }
}

function openInput(name: string): number {
  if (name === '-') return 0;
  try {
    return open(name, O_RDONLY);
  } catch (error) {
    if (error instanceof SysError) return fail(TROUBLE, `cannot read: ${name}: ${error.message}`);
    throw error;
  }
}

function sourceOf(name: string, delimiter: string): Source {
  const fd = openInput(name);
  const reader = new LineReader(fd, { delimiter });
  return () => {
    try {
      const line = reader.next();
      if (line === undefined && fd !== 0) close(fd);
      return line;
    } catch (error) {
      if (error instanceof SysError) return fail(TROUBLE, `read failed: ${name}: ${error.message}`);
      throw error;
    }
  };
}

function collect(source: Source): string[] {
  const lines: string[] = [];
  for (let line = source(); line !== undefined; line = source()) lines.push(line);
  return lines;
}

function arraySource(lines: readonly string[]): Source {
  let i = 0;
  return () => lines[i++];
}

function sorted(files: readonly string[], order: Order, delimiter: string, found: Options): Source {
  const size = found.value('S');
  const budget =
    size === undefined
      ? BUDGET
      : Math.min(BUDGET, Math.max(65536, parseSize(size.replace(/^[0-9]+$/, '$&K')) ?? BUDGET) || BUDGET);
  const runs = new Runs(order, delimiter, found.value('T'));
  let lines: string[] = [];
  let bytes = 0;
  for (const name of files) {
    const source = sourceOf(name, delimiter);
    for (let line = source(); line !== undefined; line = source()) {
      lines.push(line);
      bytes += line.length + LINE_COST;
      if (bytes < budget * 2) continue;
      runs.add(arraySource(order.sort(lines)));
      lines = [];
      bytes = 0;
    }
  }
  const last = arraySource(order.sort(lines));
  return runs.isEmpty ? last : runs.merged(last);
}

function print(lines: Source, order: Order, delimiter: string, out: Writer): number {
  const { isUnique } = order.options;
  let previous: string | undefined;
  for (let line = lines(); line !== undefined; line = lines()) {
    if (isUnique) {
      if (previous !== undefined && order.compareKeys(previous, line) === 0) continue;
      previous = line;
    }
    out.write(line + delimiter);
  }
  return 0;
}

function checkOrder(name: string, order: Order, delimiter: string, isQuiet: boolean): number {
  const source = sourceOf(name, delimiter);
  let previous: string | undefined;
  let number = 0;
  for (let line = source(); line !== undefined; line = source()) {
    number++;
    if (previous !== undefined) {
      const result = order.options.isUnique
        ? order.compareKeys(previous, line)
        : order.compare(previous, line);
      if (result > 0 || (result === 0 && order.options.isUnique)) {
        if (!isQuiet) warn(`${name}:${number}: disorder: ${line}`);
        return 1;
      }
    }
    previous = line;
  }
  return 0;
}
