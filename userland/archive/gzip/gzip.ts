/** gzip(1), gunzip(1), zcat(1): messages and rules of GNU gzip 1.12. */
import { SysError } from '../../libc/native.ts';
import { S_ISREG, fstat } from '../../libc/stat.ts';
import { stderr } from '../../libc/stdio.ts';
import type { Main } from '../../libc/start.ts';
import { isatty } from '../../libc/unistd.ts';
import { Aborted } from './abort.ts';
import { Decompressor } from './decompress.ts';
import { FileJob } from './file.ts';
import { FormatError } from './header.ts';
import { Listing } from './list.ts';
import { type GzipOptions, readOptions } from './options.ts';
import { ERROR, Report, ratio } from './report.ts';
import { Cursor } from './source.ts';
import { compress, copyIfPlain, cursorOn, decompress } from './transfer.ts';

function treatStdin(options: GzipOptions, report: Report, listing: Listing): void {
  const action = options.isDecompressing ? 'decompression' : 'compression';
  if (!options.isForced && isatty(options.isDecompressing ? 0 : 1)) {
    const [what, verb] = options.isDecompressing ? ['read from', 'decompression'] : ['written to', action];
    stderr.write(
      `gzip: compressed data not ${what} a terminal. Use -f to force ${verb}.\nFor help, type: gzip -h\n`,
    );
    report.status = ERROR;
    throw new Aborted();
  }
  const status = fstat(0);
  const mtime = S_ISREG(status.mode) ? status.mtime.sec : 0;
  if (!options.isDecompressing) {
    const totals = compress(0, 1, { name: '', mtime: options.usesName ? mtime : 0 }, options.level);
    const { bytesIn, bytesOut, headerBytes } = totals;
    if (options.isVerbose) stderr.write(`${ratio(bytesIn - (bytesOut - headerBytes), bytesIn)}\n`);
    return;
  }
  const cursor: Cursor = cursorOn(0);
  if (options.isForced && options.toStdout && !options.isTesting && copyIfPlain(cursor, 1)) return;
  const input = new Decompressor(cursor);
  try {
    input.open();
    const totals = decompress(input, options.isTesting || options.isListing ? undefined : 1);
    if (input.hasTrailingGarbage) {
      report.warning('stdin: decompression OK, trailing garbage ignored', '\n');
    }
    if (options.isListing) listing.row('stdout', totals, input.storedCrc, mtime);
    else if (options.isVerbose && options.isTesting) stderr.write(' OK\n');
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    report.damage('stdin', error);
    throw new Aborted();
  }
}

function run(argv: readonly string[]): number {
  const { options, operands } = readOptions(argv);
  const report = new Report(options.isQuiet);
  const listing = new Listing(options);
  const toStdout = options.toStdout || operands.length === 0;
  try {
    const job = new FileJob({ ...options, toStdout }, report, listing, () =>
      treatStdin(options, report, listing),
    );
    for (const operand of operands.length > 0 ? operands : ['-']) job.treat(operand);
    listing.end();
  } catch (error) {
    if (error instanceof Aborted) return report.status;
    if (!(error instanceof SysError) || error.code === 'EPIPE') throw error;
    report.error(`${toStdout ? 'stdout' : 'output'}: ${error.message}`, '\n');
  }
  return report.status;
}

export const gzip: Main = argv => run(argv);
export const gunzip: Main = argv => run([argv[0]!, '-d', ...argv.slice(1)]);
export const zcat: Main = argv => run([argv[0]!, '-cd', ...argv.slice(1)]);
