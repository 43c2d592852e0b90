/** The header of a gzip member: RFC 1952, section 2.3. */
import type { Cursor } from './source.ts';

export interface MemberHeader {
  readonly name: string;
  /** Seconds since the epoch; 0: not known. */
  readonly mtime: number;
}

const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;
const FENCRYPTED = 32;
const RESERVED = 0xc0;
const UNIX = 3;

/** What is wrong with a compressed file; the message is GNU gzip's. */
export class FormatError extends Error {}
/** The data do not fit the member's checksum or length. */
export class ChecksumError extends FormatError {
  /** One message each. */
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`invalid compressed data--${problems[0]}`);
    this.problems = problems.map(problem => `invalid compressed data--${problem}`);
  }
}
/** All that there is to say about damage, a line each. */
export function problemsOf(error: FormatError): readonly string[] {
  return error instanceof ChecksumError ? error.problems : [error.message];
}
/** The file ends too soon. */
export class TruncatedError extends FormatError {
  constructor() {
    super('unexpected end of file');
  }
}

function need(input: Cursor): number {
  const byte = input.byte();
  if (byte < 0) throw new TruncatedError();
  return byte;
}

function zeroTerminated(input: Cursor): string {
  let text = '';
  for (;;) {
    const byte = need(input);
    if (byte === 0) return text;
    text += String.fromCharCode(byte);
  }
}

/** Reads what follows the two magic bytes. */
export function readHeader(input: Cursor): MemberHeader {
  const method = need(input);
  if (method !== 8) throw new FormatError(`unknown method ${method} -- not supported`);
  const flags = need(input);
  if (flags & FENCRYPTED) throw new FormatError('is encrypted -- not supported');
  if (flags & RESERVED) throw new FormatError(`has flags 0x${flags.toString(16)} -- not supported`);
  let mtime = 0;
  for (let i = 0; i < 4; i++) mtime += need(input) * 2 ** (8 * i);
  need(input);
  need(input);
  if (flags & FEXTRA) {
    const length = need(input) + need(input) * 256;
    for (let i = 0; i < length; i++) need(input);
  }
  const name = flags & FNAME ? zeroTerminated(input) : '';
  if (flags & FCOMMENT) zeroTerminated(input);
  if (flags & FHCRC) {
    need(input);
    need(input);
  }
  return { name, mtime };
}

export function writeHeader(header: MemberHeader, level: number): Uint8Array {
  const { name, mtime } = header;
  const bytes = new Uint8Array(10 + (name === '' ? 0 : name.length + 1));
  // Times that do not fit are not stored.
  const seconds = mtime > 0 && mtime < 2 ** 32 ? mtime : 0;
  const strength = level === 9 ? 2 : level === 1 ? 4 : 0;
  bytes.set([0x1f, 0x8b, 8, name === '' ? 0 : FNAME]);
  for (let i = 0; i < 4; i++) bytes[4 + i] = (seconds / 2 ** (8 * i)) & 255;
  bytes[8] = strength;
  bytes[9] = UNIX;
  for (let i = 0; i < name.length; i++) bytes[10 + i] = name.charCodeAt(i);
  return bytes;
}
