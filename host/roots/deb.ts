/**
 * A Debian package as a file: an ar archive with a control and a data archive, each a compressed tar; deb(5), ar(5).
 */
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { RootError } from './root-error.ts';

const AR_MAGIC = '!<arch>\n';
const AR_HEADER = 60;

export interface Deb {
  /** The files of the control archive by name, such as `control` and `postinst`. */
  readonly control: ReadonlyMap<string, Buffer>;
  /** Gives each member of the data archive with its content to `use`, in order. */
  eachFile(use: (header: Header, content: Buffer) => void): Promise<void>;
}

export async function openDeb(path: string): Promise<Deb> {
  const members = arMembers(path, readFileSync(path));
  const find = (name: string): [string, Buffer] => {
    const found = members.find(([member]) => member.startsWith(`${name}.tar`));
    if (found === undefined) throw new RootError(`${path}: not a Debian package: it has no ${name} archive`);
    return found;
  };
  const control = new Map<string, Buffer>();
  await eachMember(await decompress(...find('control')), (header, content) => {
    if (header.type === 'file') control.set(header.name.replace(/^\.\//, ''), content);
  });
  return {
    control,
    eachFile: async use => await eachMember(await decompress(...find('data')), use),
  };
}

function arMembers(path: string, bytes: Buffer): [string, Buffer][] {
  if (bytes.subarray(0, AR_MAGIC.length).toString('latin1') !== AR_MAGIC)
    throw new RootError(`${path}: not a Debian package`);
  const members: [string, Buffer][] = [];
  for (let at = AR_MAGIC.length; at + AR_HEADER <= bytes.length;) {
    const name = bytes
      .toString('latin1', at, at + 16)
      .trim()
      .replace(/\/$/, '');
    const size = Number(bytes.toString('latin1', at + 48, at + 58).trim());
    const start = at + AR_HEADER;
    if (!Number.isInteger(size) || size < 0 || start + size > bytes.length)
      throw new RootError(`${path}: the package is cut off`);
    members.push([name, bytes.subarray(start, start + size)]);
    at = start + size + (size % 2);
  }
  return members;
}

async function decompress(name: string, bytes: Buffer): Promise<Buffer> {
  const suffix = name.slice(name.lastIndexOf('.') + 1);
  switch (suffix) {
    case 'tar':
      return bytes;
    case 'gz':
      return zlib.gunzipSync(bytes);
    case 'xz': {
      const { XzReadableStream } = await import('xz-decompress');
      const source = Readable.toWeb(Readable.from([bytes])) as ReadableStream<Uint8Array>;
      return Buffer.from(await new Response(new XzReadableStream(source)).arrayBuffer());
    }
    case 'zst': {
      // Node has it from 22.15 on.
      const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (bytes: Buffer) => Buffer };
      if (zstdDecompressSync !== undefined) return zstdDecompressSync(bytes);
      const { decompress: unpack } = await import('fzstd');
      return Buffer.from(unpack(bytes));
    }
    default:
      throw new RootError(`${name}: this compression is unknown`);
  }
}

async function eachMember(tar: Buffer, use: (header: Header, content: Buffer) => void): Promise<void> {
  const archive = extract();
  Readable.from([tar]).pipe(archive);
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    use(entry.header, chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
  }
}
