/** Small things to do with Node streams. */
import type { Readable } from 'node:stream';

const NEWLINE = 10;
/** A first line that is longer is none. */
const MAX_LINE_BYTES = 65536;

/**
 * The first line of a stream, without its end (a newline, or what a terminal makes of it); what follows stays in the
 * stream. undefined if the stream ends before.
 */
export async function takeLine(stream: Readable): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let total = 0;
  return await new Promise((resolve, reject) => {
    const finish = (line: string | undefined): void => {
      stream.off('readable', look);
      stream.off('close', onClose);
      resolve(line);
    };
    const onClose = (): void => finish(undefined);
    const look = (): void => {
      for (;;) {
        const chunk = stream.read() as Buffer | null;
        if (chunk === null) {
          if (stream.readableEnded) finish(undefined);
          return;
        }
        const end = chunk.indexOf(NEWLINE);
        chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
        total += chunk.length;
        if (end >= 0) {
          finish(Buffer.concat(chunks).toString('utf8').replace(/\r$/, ''));
          if (end + 1 < chunk.length) stream.unshift(chunk.subarray(end + 1));
          return;
        }
        if (total > MAX_LINE_BYTES) {
          finish(undefined);
          reject(new Error('a line without an end'));
          return;
        }
      }
    };
    stream.on('readable', look);
    stream.on('close', onClose);
    stream.once('end', onClose);
    look();
  });
}

/** What is still to come from a stream, as text. */
export async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
