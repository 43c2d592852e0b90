/**
 * Writes an archive: headers with GNU or pax records before them, contents, padding. It collects into one buffer in
 * guest memory, in which files are read directly, and writes it out in whole records.
 */
import { alloc } from '../../libc/memory.ts';
import { type Entry, TYPE } from './entry.ts';
import { BLOCK, type Format, MAX_OCTAL_ID, MAX_OCTAL_SIZE, encodeHeader, encodePrivateHeader, splitName } from './header.ts'; // prettier-ignore
import { formatRecord, formatTime } from './pax.ts';
import { quote } from './quote.ts';
import { error } from './report.ts';

const NAME_BYTES = 100;
/** About how much is written at once. */
const BUFFER_BYTES = 256 * 1024;

const PRIVATE: Entry = {
  name: '././@LongLink',
  type: TYPE.longName,
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  storedSize: 0,
  mtime: { sec: 0, nsec: 0 },
  linkName: '',
  userName: 'root',
  groupName: 'root',
  deviceMajor: 0,
  deviceMinor: 0,
};

export interface Output {
  write(bytes: Uint8Array): void;
}

export interface WriterOptions {
  readonly format: Format;
  readonly blockingFactor: number;
  readonly isNumericOwner: boolean;
}

export class ArchiveWriter {
  readonly #output: Output;
  readonly #format: Format;
  readonly #recordBytes: number;
  /** The header of what goes before members. */
  readonly #private: Entry;
  readonly #bytes: Uint8Array;
  #used = 0;
  /** What has been written out. */
  #written = 0;

  constructor(output: Output, options: WriterOptions) {
    this.#output = output;
    this.#format = options.format;
    const recordBytes = options.blockingFactor * BLOCK;
    this.#recordBytes = recordBytes;
    this.#private = options.isNumericOwner ? { ...PRIVATE, userName: '', groupName: '' } : PRIVATE;
    this.#bytes = alloc(Math.max(1, Math.floor(BUFFER_BYTES / recordBytes)) * recordBytes).bytes;
  }

  /** Bytes of the archive so far. */
  get total(): number {
    return this.#written + this.#used;
  }

  /** Writes a header; false (after a message) if the format cannot hold it. */
  header(entry: Entry): boolean {
    if (this.#format === 'gnu') this.#gnuRecords(entry);
    else if (this.#format === 'posix') this.#paxRecords(entry);
    else if (!this.#fits(entry)) return false;
    encodeHeader(this.#block(), entry, this.#format);
    return true;
  }

  /** Free space for content, at least one byte; `commit` says how much was used. */
  space(): Uint8Array {
    if (this.#used === this.#bytes.length) this.#writeOut();
    return this.#bytes.subarray(this.#used);
  }
  commit(count: number): void {
    this.#used += count;
  }
  /** Content that is at hand. */
  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const space = this.space();
      const count = Math.min(space.length, bytes.length - done);
      space.set(bytes.subarray(done, done + count));
      this.commit(count);
      done += count;
    }
  }
  zeros(count: number): void {
    for (let left = count; left > 0;) {
      const space = this.space();
      const n = Math.min(space.length, left);
      space.fill(0, 0, n);
      this.commit(n);
      left -= n;
    }
  }
  /** Fills the last block of a member. */
  pad(): void {
    this.zeros((BLOCK - (this.total % BLOCK)) % BLOCK);
  }
  /** The end of the archive: two zero blocks, and the rest of the record. `start`: bytes that were there before. */
  end(start = 0): void {
    this.zeros(2 * BLOCK);
    const over = (start + this.total) % this.#recordBytes;
    if (over > 0) this.zeros(this.#recordBytes - over);
    this.#writeOut();
  }

  #writeOut(): void {
    this.#output.write(this.#bytes.subarray(0, this.#used));
    this.#written += this.#used;
    this.#used = 0;
  }
  #block(): Uint8Array {
    if (this.#used + BLOCK > this.#bytes.length) this.#writeOut();
    this.#used += BLOCK;
    return this.#bytes.subarray(this.#used - BLOCK, this.#used);
  }
  #record(header: Entry, text: string): void {
    encodePrivateHeader(this.#block(), { ...header, storedSize: text.length }, this.#format);
    this.write(Uint8Array.from(text, c => c.charCodeAt(0)));
    this.pad();
  }

  #gnuRecords(entry: Entry): void {
    if (entry.linkName.length > NAME_BYTES)
      this.#record({ ...this.#private, type: TYPE.longLink }, `${entry.linkName}\0`);
    if (entry.name.length > NAME_BYTES) this.#record(this.#private, `${entry.name}\0`);
  }

  #paxRecords(entry: Entry): void {
    let text = '';
    const add = (key: string, value: string): void => {
      text += formatRecord(key, value);
    };
    const isBeyondAscii = (name: string): boolean => /[^ -~]/.test(name);
    if (!splitName(entry.name) || isBeyondAscii(entry.name)) add('path', entry.name);
    if (entry.linkName.length > NAME_BYTES || isBeyondAscii(entry.linkName)) add('linkpath', entry.linkName);
    if (entry.uid > MAX_OCTAL_ID) add('uid', String(entry.uid));
    if (entry.gid > MAX_OCTAL_ID) add('gid', String(entry.gid));
    if (entry.storedSize > MAX_OCTAL_SIZE) add('size', String(entry.storedSize));
    if (entry.userName.length > 31 || isBeyondAscii(entry.userName)) add('uname', entry.userName);
    if (entry.groupName.length > 31 || isBeyondAscii(entry.groupName)) add('gname', entry.groupName);
    if (entry.mtime.nsec !== 0 || entry.mtime.sec < 0) add('mtime', formatTime(entry.mtime));
    if (entry.atime) add('atime', formatTime(entry.atime));
    if (entry.ctime) add('ctime', formatTime(entry.ctime));
    if (text === '') return;
    const name = entry.name.replace(/\/+$/, '');
    const slash = name.lastIndexOf('/');
    const directory = slash < 0 ? '.' : name.slice(0, slash);
    const short = `${directory}/PaxHeaders/${name.slice(slash + 1)}`.slice(0, NAME_BYTES);
    this.#record({ ...PRIVATE, name: short, type: TYPE.pax, userName: '', groupName: '' }, text);
  }

  /** ustar and v7 have no way out for what is too long. As GNU tar does, a link that is too long is cut. */
  #fits(entry: Entry): boolean {
    const isUstar = this.#format === 'ustar';
    const isSplit = isUstar ? splitName(entry.name) !== undefined : entry.name.length <= NAME_BYTES;
    if (!isSplit) {
      const reason = isUstar && entry.name.length <= 256 ? 'cannot be split' : `max ${isUstar ? 256 : 99}`;
      error(`${quote(entry.name)}: file name is too long (${reason}); not dumped`);
      return false;
    }
    if (entry.linkName.length > NAME_BYTES) {
      error(`${quote(entry.linkName)}: link name is too long; not dumped`);
    }
    return true;
  }
}
