/** gzip -l: sizes before and after. The content is decompressed to count it, as gzip does since 1.12. */
import { breakDown, localZone, strftime } from '../../libc/time.ts';
import { stdout } from '../../libc/stdio.ts';
import type { GzipOptions } from './options.ts';
import { ratio } from './report.ts';
import type { Totals } from './transfer.ts';

const WIDTH = 19;

export class Listing {
  readonly #options: GzipOptions;
  #rows = 0;
  #in = 0;
  #out = 0;
  #lastHeaderBytes = 0;

  constructor(options: GzipOptions) {
    this.#options = options;
  }

  row(name: string, totals: Totals, crc: number, mtime: number): void {
    const { isQuiet, isVerbose } = this.#options;
    const { bytesIn, bytesOut, headerBytes } = totals;
    if (this.#rows++ === 0 && !isQuiet) {
      if (isVerbose) stdout.write('method  crc     date  time  ');
      stdout.write(
        `${'compressed'.padStart(WIDTH)} ${'uncompressed'.padStart(WIDTH)}  ratio uncompressed_name\n`,
      );
    }
    if (isVerbose) {
      const date = strftime('%b %e %H:%M', breakDown(mtime, localZone()));
      stdout.write(`defla ${crc.toString(16).padStart(8, '0')} ${date} `);
    }
    this.#numbers(bytesIn, bytesOut, headerBytes, name);
    this.#in += bytesIn;
    this.#out += bytesOut;
    this.#lastHeaderBytes = headerBytes;
  }

  end(): void {
    const { isQuiet, isVerbose } = this.#options;
    if (this.#rows < 2 || isQuiet) return;
    if (isVerbose) stdout.write(' '.repeat(28));
    this.#numbers(this.#in, this.#out, this.#lastHeaderBytes, '(totals)');
  }

  #numbers(bytesIn: number, bytesOut: number, headerBytes: number, name: string): void {
    const sizes = [bytesIn, bytesOut].map(size => String(size).padStart(WIDTH)).join(' ');
    stdout.write(`${sizes} ${ratio(bytesOut - (bytesIn - headerBytes), bytesOut)} ${name}\n`);
  }
}
