/** xargs(1), GNU findutils 4.9: command lines from items of standard input. */
import { fail, warn } from '../../libc/stdlib.ts';
import { InputError, ItemReader } from './items.ts';
import { readOptions, type XargsOptions } from './options.ts';
import { Runner } from './runner.ts';

function sizeOf(words: readonly string[]): number {
  return words.reduce((sum, word) => sum + word.length + 1, 0);
}

/** -I: one command for each line. */
function replaceEach(options: XargsOptions, reader: ItemReader, runner: Runner): void {
  const pattern = options.replace!;
  const [program, ...rest] = options.command;
  for (let item = reader.next(); item; item = reader.next()) {
    const { text } = item;
    const argv = [program!, ...rest.map(word => word.replaceAll(pattern, () => text))];
    if (sizeOf(argv) > options.maxChars) {
      runner.finish();
      fail(1, 'argument list too long');
    }
    runner.run(argv);
  }
}

/** As many items for each command as -n, -L and -s let in. */
function fillCommands(options: XargsOptions, reader: ItemReader, runner: Runner): void {
  const { command, maxArgs, maxLines, maxChars } = options;
  const initial = sizeOf(command);
  let items: string[] = [];
  let size = initial;
  let lines = 0;
  let hasRun = false;
  const run = () => {
    const argv = [...command, ...items];
    items = [];
    size = initial;
    lines = 0;
    hasRun = true;
    runner.run(argv);
  };
  /** What has come runs before an error in the input ends xargs. */
  const next = () => {
    try {
      return reader.next();
    } catch (error) {
      if (error instanceof InputError && items.length > 0 && !options.exitsIfTooLong) run();
      throw error;
    }
  };
  for (let item = next(); item; item = next()) {
    const length = item.text.length + 1;
    if (size + length > maxChars) {
      if (items.length === 0) fail(1, 'cannot fit single argument within argument list size limit');
      if (options.exitsIfTooLong && (maxArgs !== undefined || maxLines !== undefined)) {
        runner.finish();
        fail(1, 'argument list too long');
      }
      run();
    }
    items.push(item.text);
    size += length;
    if (item.endsLine) lines++;
    if (items.length === maxArgs || lines === maxLines) run();
  }
  if (items.length > 0 || (!hasRun && options.runsIfEmpty)) run();
}

export function xargs(argv: string[]): number {
  const options = readOptions(argv);
  const isReplacing = options.replace !== undefined;
  const initial = isReplacing ? 0 : sizeOf(options.command);
  if (initial > options.maxChars) {
    return fail(1, 'cannot fit single argument within argument list size limit');
  }
  const reader = new ItemReader({
    fd: options.input,
    delimiter: options.delimiter ?? undefined,
    isByLine: isReplacing,
    endMark: options.endMark,
    maxLength: options.maxChars - initial - 1,
    warn,
  });
  const runner = new Runner(options);
  try {
    if (isReplacing) replaceEach(options, reader, runner);
    else fillCommands(options, reader, runner);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    runner.finish();
    return fail(1, error.message);
  }
  runner.finish();
  return runner.status;
}
