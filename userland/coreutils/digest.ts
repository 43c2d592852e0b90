/** md5sum, sha1sum, sha224sum, sha256sum, sha384sum, sha512sum: print and check digests; files are streamed. */
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { parse, usageError } from '../libc/getopt.ts';
import { LineReader, stdout } from '../libc/stdio.ts';
import { programName, warn } from '../libc/stdlib.ts';
import { close, open } from '../libc/unistd.ts';
import type { Main } from '../libc/start.ts';
import { isError, reason } from './lib/errors.ts';
import { chunks } from './lib/io.ts';
import { quotef } from './lib/quote.ts';

const ALGORITHMS = {
  MD5: md5,
  SHA1: sha1,
  SHA224: sha224,
  SHA256: sha256,
  SHA384: sha384,
  SHA512: sha512,
} as const;
type Algorithm = keyof typeof ALGORITHMS;

function usage(name: string, algorithm: Algorithm): string {
  return `Usage: ${name} [OPTION]... [FILE]...
Print or check ${algorithm} checksums.

With no FILE, or when FILE is -, read standard input.

  -b, --binary         read in binary mode
  -c, --check          read checksums from the FILEs and check them
      --tag            create a BSD-style checksum
  -t, --text           read in text mode (default)
  -z, --zero           end each output line with NUL, not newline, and disable file name escaping
      --ignore-missing  don't fail or report status for missing files
      --quiet          don't print OK for each successfully verified file
      --status         don't output anything, status code shows success
      --strict         exit non-zero for improperly formatted checksum lines
  -w, --warn           warn about improperly formatted checksum lines
`;
}

function digestOf(algorithm: Algorithm, fd: number): string {
  const hash = ALGORITHMS[algorithm].create();
  for (const chunk of chunks(fd)) hash.update(chunk);
  let text = '';
  for (const byte of hash.digest()) text += byte.toString(16).padStart(2, '0');
  return text;
}

function digestOfFile(algorithm: Algorithm, name: string): string {
  if (name === '-') return digestOf(algorithm, 0);
  const fd = open(name, 0);
  try {
    return digestOf(algorithm, fd);
  } finally {
    close(fd);
  }
}

/** Names with a backslash, newline or return are escaped, and their line begins with a backslash. */
function escapeName(name: string): { prefix: string; shown: string } {
  if (!/[\\\n\r]/.test(name)) return { prefix: '', shown: name };
  return {
    prefix: '\\',
    shown: name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r'),
  };
}

function unescapeName(name: string): string {
  return name.replace(/\\([\\nr])/g, (_, c: string) => ({ n: '\n', r: '\r' })[c] ?? c);
}

interface CheckOptions {
  readonly ignoresMissing: boolean;
  readonly isQuiet: boolean;
  readonly isSilent: boolean;
  readonly isStrict: boolean;
  readonly warns: boolean;
}

const plural = (n: number, one: string, many: string) => `WARNING: ${n} ${n === 1 ? one : many}`;

function check(algorithm: Algorithm, listName: string, options: CheckOptions): boolean {
  const length = ALGORITHMS[algorithm].outputLen * 2;
  const shownList = quotef(listName === '-' ? 'standard input' : listName);
  let fd = 0;
  try {
    if (listName !== '-') fd = open(listName, 0);
  } catch (error) {
    warn(`${quotef(listName)}: ${reason(error)}`);
    return false;
  }
  const reader = new LineReader(fd);
  let [proper, improper, unread, wrong, matched] = [0, 0, 0, 0, 0];
  let number = 0;
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    number++;
    if (line.startsWith('#')) continue;
    const entry = parseLine(line.replace(/\r$/, ''), algorithm, length);
    if (!entry) {
      improper++;
      if (options.warns) warn(`${shownList}: ${number}: improperly formatted ${algorithm} checksum line`);
      continue;
    }
    proper++;
    const { name, digest } = entry;
    const { prefix, shown } = /[\n\r]/.test(name) ? escapeName(name) : { prefix: '', shown: name };
    try {
      const isMatch = digestOfFile(algorithm, name) === digest.toLowerCase();
      if (isMatch) matched++;
      else wrong++;
      if (!options.isSilent && (!isMatch || !options.isQuiet))
        stdout.write(`${prefix}${shown}: ${isMatch ? 'OK' : 'FAILED'}\n`);
    } catch (error) {
      const text = reason(error);
      if (options.ignoresMissing && isError(error, 'ENOENT')) continue;
      warn(`${quotef(name)}: ${text}`);
      unread++;
      if (!options.isSilent) stdout.write(`${prefix}${shown}: FAILED open or read\n`);
    }
  }
  if (fd > 0) close(fd);
  if (proper === 0) {
    warn(`${shownList}: no properly formatted checksum lines found`);
    return false;
  }
  if (!options.isSilent) {
    if (improper > 0)
      warn(plural(improper, 'line is improperly formatted', 'lines are improperly formatted'));
    if (unread > 0) warn(plural(unread, 'listed file could not be read', 'listed files could not be read'));
    if (wrong > 0) warn(plural(wrong, 'computed checksum did NOT match', 'computed checksums did NOT match'));
    if (options.ignoresMissing && matched === 0 && wrong === 0 && unread === 0)
      warn(`${shownList}: no file was verified`);
  }
  const isVerified = !options.ignoresMissing || matched + wrong > 0;
  return wrong === 0 && unread === 0 && isVerified && (!options.isStrict || improper === 0);
}

function parseLine(
  line: string,
  algorithm: Algorithm,
  length: number,
): { name: string; digest: string } | undefined {
  const tag = /^(\\?)([A-Z0-9]+) ?\((.*)\) ?= ([0-9a-fA-F]+)$/s.exec(line);
  if (tag) {
    if (tag[2] !== algorithm || tag[4]!.length !== length) return undefined;
    return { name: tag[1] ? unescapeName(tag[3]!) : tag[3]!, digest: tag[4]! };
  }
  const plain = new RegExp(`^[ \\t]*(\\\\?)([0-9a-fA-F]{${length}})[ \\t][ *]?(.+)$`, 's').exec(line);
  if (!plain) return undefined;
  return { name: plain[1] ? unescapeName(plain[3]!) : plain[3]!, digest: plain[2]! };
}

function program(algorithm: Algorithm): Main {
  return argv => {
    const found = parse(argv, {
      short: 'bctwz',
      long: {
        binary: 'b', check: 'c', tag: 'tag', text: 't', zero: 'z', 'ignore-missing': 'ignore-missing', quiet: 'quiet',
        status: 'status', strict: 'strict', warn: 'w',
      }, // prettier-ignore
      usage: usage(programName, algorithm),
    });
    const isCheck = found.has('c');
    if (found.has('tag') && isCheck)
      return usageError(argv[0]!, 'the --tag option is meaningless when verifying checksums');
    for (const key of ['ignore-missing', 'status', 'w', 'quiet', 'strict']) {
      if (!isCheck && found.has(key)) {
        return usageError(
          argv[0]!,
          `the --${key === 'w' ? 'warn' : key} option is meaningful only when verifying checksums`,
        );
      }
    }
    const names = found.operands.length > 0 ? found.operands : ['-'];
    const end = found.has('z') ? '\0' : '\n';
    const mark = found.last('b', 't') === 'b' ? '*' : ' ';
    let status = 0;
    for (const name of names) {
      if (isCheck) {
        const last = found.last('status', 'quiet', 'w');
        const options = {
          ignoresMissing: found.has('ignore-missing'),
          isQuiet: last === 'quiet',
          isSilent: last === 'status',
          isStrict: found.has('strict'),
          warns: last === 'w',
        };
        if (!check(algorithm, name, options)) status = 1;
        continue;
      }
      try {
        const digest = digestOfFile(algorithm, name);
        const { prefix, shown } = found.has('z') ? { prefix: '', shown: name } : escapeName(name);
        stdout.write(
          found.has('tag')
            ? `${prefix}${algorithm} (${shown}) = ${digest}${end}`
            : `${prefix}${digest} ${mark}${shown}${end}`,
        );
      } catch (error) {
        warn(`${quotef(name)}: ${reason(error)}`);
        status = 1;
      }
    }
    return status;
  };
}

export const md5sum = program('MD5');
export const sha1sum = program('SHA1');
export const sha224sum = program('SHA224');
export const sha256sum = program('SHA256');
export const sha384sum = program('SHA384');
export const sha512sum = program('SHA512');
