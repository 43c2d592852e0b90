/** Headers of cpio archives: «newc» and «crc» (hexadecimal, SVR4) and «odc» (octal, POSIX). cpio(5). */

export type CpioFormat = 'newc' | 'crc' | 'odc';

export interface CpioHeader {
  readonly name: string;
  readonly ino: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly mtime: number;
  readonly size: number;
  readonly dev: number;
  readonly rdev: number;
  /** Of «crc»: the sum of all bytes of the content. */
  readonly checksum: number;
}

export const TRAILER = 'TRAILER!!!';
export const MAGIC_BYTES = 6;
/** Bytes of a header behind its magic. */
export const HEADER_BYTES: Readonly<Record<CpioFormat, number>> = { newc: 104, crc: 104, odc: 70 };

export function formatOf(magic: string): CpioFormat | undefined {
  if (magic === '070701') return 'newc';
  if (magic === '070702') return 'crc';
  return magic === '070707' ? 'odc' : undefined;
}
/** What names and contents are padded to. */
export function alignmentOf(format: CpioFormat): number {
  return format === 'odc' ? 1 : 4;
}

const major = (dev: number): number => (dev >>> 8) & 0xfff;
const minor = (dev: number): number => (dev & 0xff) | ((dev >>> 12) & 0xfff00);
const device = (high: number, low: number): number =>
  (low & 0xff) | ((high & 0xfff) << 8) | ((low & ~0xff) << 12);

/** The header with the name and its padding. */
export function encode(header: CpioHeader, format: CpioFormat): string {
  const { name, ino, mode, uid, gid, nlink, mtime, size, dev, rdev, checksum } = header;
  const nameBytes = name.length + 1;
  if (format === 'odc') {
    const octal = (value: number, digits: number): string =>
      (value % 8 ** digits).toString(8).padStart(digits, '0');
    const short = [dev, ino, mode, uid, gid, nlink, rdev].map(value => octal(value, 6)).join('');
    return `070707${short}${octal(mtime, 11)}${octal(nameBytes, 6)}${octal(size, 11)}${name}\0`;
  }
  const fields = [
    ino % 2 ** 32, mode, uid, gid, nlink, Math.max(0, mtime), size, major(dev), minor(dev), major(rdev), minor(rdev),
    nameBytes, checksum,
  ]; // prettier-ignore
  const text = fields.map(value => value.toString(16).toUpperCase().padStart(8, '0')).join('');
  const whole = `${format === 'crc' ? '070702' : '070701'}${text}${name}\0`;
  return whole + '\0'.repeat((4 - (whole.length % 4)) % 4);
}

/** The fields of a header; the name is read afterwards, `nameBytes` with its NUL. Undefined: not a header. */
export function decode(
  text: string,
  format: CpioFormat,
): { header: CpioHeader; nameBytes: number } | undefined {
  if (format === 'odc') {
    if (!/^[0-7]+$/.test(text)) return undefined;
    const [dev, ino, mode, uid, gid, nlink, rdev] = Array.from({ length: 7 }, (_, i) =>
      parseInt(text.slice(i * 6, i * 6 + 6), 8),
    ) as [number, number, number, number, number, number, number];
    const [mtime, nameBytes, size] = [text.slice(42, 53), text.slice(53, 59), text.slice(59, 70)].map(digits => parseInt(digits, 8)) as [number, number, number]; // prettier-ignore
    return {
      header: { name: '', ino, mode, uid, gid, nlink, mtime, size, dev, rdev, checksum: 0 },
      nameBytes,
    };
  }
  if (!/^[0-9a-fA-F]+$/.test(text)) return undefined;
  const f = Array.from({ length: 13 }, (_, i) => parseInt(text.slice(i * 8, i * 8 + 8), 16));
  const header: CpioHeader = {
    name: '',
    ino: f[0]!,
    mode: f[1]!,
    uid: f[2]!,
    gid: f[3]!,
    nlink: f[4]!,
    mtime: f[5]!,
    size: f[6]!,
    dev: device(f[7]!, f[8]!),
    rdev: device(f[9]!, f[10]!),
    checksum: f[12]!,
  };
  return { header, nameBytes: f[11]! };
}
