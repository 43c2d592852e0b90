/** Two files: whether they differ, and what is printed about it. */
import type { FileStatus } from '../libc/stat.ts';
import { localtime, strftime } from '../libc/time.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { quotef } from '../coreutils/lib/quote.ts';
import { type Change, findChanges } from './algorithm/changes.ts';
import type { DiffOptions, Format } from './diff-options.ts';
import type { Output } from './output/lines.ts';
import { printContext } from './output/context.ts';
import { printEd, printForwardEd, printNormal, printRcs } from './output/normal.ts';
import { printSideBySide } from './output/side-by-side.ts';
import { printUnified } from './output/unified.ts';
import { lineKey, type TextFile, textFile } from './text-file.ts';

/** One of the two: `name` as it is shown, its bytes, and what stat says (undefined: it is not there, -N). */
export interface Operand {
  readonly name: string;
  readonly content: string;
  readonly status: FileStatus | undefined;
}

export type Outcome = 0 | 1 | 2;

const PRINTERS: Readonly<Record<Format, (output: Output) => void>> = {
  normal: printNormal,
  unified: printUnified,
  context: printContext,
  ed: printEd,
  'forward-ed': printForwardEd,
  rcs: printRcs,
  'side-by-side': printSideBySide,
};

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': 'a', '\b': 'b', '\t': 't', '\n': 'n', '\v': 'v', '\f': 'f', '\r': 'r', '"': '"', '\\': '\\',
}; // prettier-ignore

/** A name with blanks or strange bytes is quoted as a C string. */
function escapedName(name: string): string {
  // eslint-disable-next-line no-control-regex
  if (!/[\0- "\\\x80-\xff]/.test(name)) return name;
  // eslint-disable-next-line no-control-regex
  const escaped = name.replace(/[\0-\x1f"\\\x80-\xff]/g, char => {
    return `\\${ESCAPES[char] ?? char.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
  return `"${escaped}"`;
}

function header(operand: Operand, label: string | undefined): string {
  if (label !== undefined) return label;
  const { sec, nsec } = operand.status?.mtime ?? { sec: 0, nsec: 0 };
  return `${escapedName(operand.name)}\t${strftime('%Y-%m-%d %H:%M:%S.%N %z', localtime(sec), nsec)}`;
}

/** -B and -I: changes all of whose lines may be ignored. */
function markIgnored(
  changes: readonly Change[],
  files: readonly [TextFile, TextFile],
  options: DiffOptions,
): void {
  const { ignoresBlankLines, ignored, keys } = options;
  if (!ignoresBlankLines && !ignored) return;
  const isBlank = (line: string) =>
    ignoresBlankLines &&
    (line === '' ||
      (keys.whiteSpace !== 'none' && keys.whiteSpace !== 'tabs' && /^[ \t\r\v\f]*$/.test(line)));
  const isTrivial = (line: string) => isBlank(line) || (ignored?.test(line) ?? false);
  for (const change of changes) {
    change.isIgnored =
      files[0].lines.slice(change.line0, change.line0 + change.deleted).every(isTrivial) &&
      files[1].lines.slice(change.line1, change.line1 + change.inserted).every(isTrivial);
  }
}

/** The last line without newline differs from the same line with one, unless white space at the end does not count. */
function linesAsCompared(file: TextFile, countsNewline: boolean): readonly string[] {
  if (!file.missesNewline || !countsNewline) return file.lines;
  return [...file.lines.slice(0, -1), `${file.lines.at(-1)!}\n`];
}

function stripReturns(content: string): string {
  return content.replace(/\r\n/g, '\n');
}

/** Compares and prints. `heading` is written before the first output, in recursive comparisons. */
export function compareFiles(a: Operand, b: Operand, options: DiffOptions, heading: string): Outcome {
  const prepared = (content: string) => (options.keys.stripsReturn ? stripReturns(content) : content);
  if (a.content === b.content) return same(a, b, options, heading);
  const contents = [prepared(a.content), prepared(b.content)] as const;
  const files = [textFile(contents[0]), textFile(contents[1])] as const;
  if (!options.treatsAsText && (files[0].isBinary || files[1].isBinary)) {
    const verb = options.isBrief ? 'Files' : 'Binary files';
    stdout.write(`${verb} ${quotef(a.name)} and ${quotef(b.name)} differ\n`);
    return 1;
  }
  const { format } = options;
  const isRobust = format !== 'ed' && format !== 'forward-ed';
  const countsNewline =
    isRobust && (options.keys.whiteSpace === 'none' || options.keys.whiteSpace === 'tabs');
  const texts = [linesAsCompared(files[0], isRobust), linesAsCompared(files[1], isRobust)] as const;
  const key = lineKey(options.keys);
  const keysOf = (file: TextFile): readonly string[] => {
    const keys = key ? file.lines.map(key) : file.lines;
    return linesAsCompared({ ...file, lines: keys }, countsNewline);
  };
  const changes = findChanges(
    texts,
    [keysOf(files[0]), keysOf(files[1])],
    !isRobust || files[0].missesNewline === files[1].missesNewline,
    { isMinimal: options.isMinimal, horizon: options.horizon },
  );
  markIgnored(changes, files, options);
  const differ = changes.some(change => !change.isIgnored);
  if (options.isBrief) {
    if (!differ) return same(a, b, options, '');
    stdout.write(`Files ${quotef(a.name)} and ${quotef(b.name)} differ\n`);
    return 1;
  }
  if (!differ && format !== 'side-by-side' && isRobust) return same(a, b, options, heading);
  if (differ || format === 'side-by-side') stdout.write(heading);
  PRINTERS[format]({
    write: text => stdout.write(text),
    sides: [
      { file: files[0], header: header(a, options.labels[0]) },
      { file: files[1], header: header(b, options.labels[1]) },
    ],
    changes,
    style: options.style,
  });
  let status: Outcome = differ ? 1 : 0;
  if (!isRobust) {
    for (const [i, operand] of [a, b].entries()) {
      if (!files[i]!.missesNewline) continue;
      stdout.flush();
      warnNoNewline(operand.name);
      status = 2;
    }
  }
  if (!differ && options.reportsSame) same(a, b, options, '');
  return status;
}

function warnNoNewline(name: string): void {
  stderr.write(`diff: ${quotef(name)}: No newline at end of file\n\n`);
}

function same(a: Operand, b: Operand, options: DiffOptions, heading: string): Outcome {
  if (
    options.format === 'side-by-side' &&
    !options.isBrief &&
    !options.style.suppressesCommon &&
    a.content !== ''
  ) {
    const file = textFile(a.content);
    if (file.isBinary && !options.treatsAsText) return report(a, b, options);
    stdout.write(heading);
    printSideBySide({
      write: text => stdout.write(text),
      sides: [
        { file, header: '' },
        { file: textFile(b.content), header: '' },
      ],
      changes: [],
      style: options.style,
    });
  }
  return report(a, b, options);
}

function report(a: Operand, b: Operand, options: DiffOptions): Outcome {
  if (options.reportsSame) stdout.write(`Files ${quotef(a.name)} and ${quotef(b.name)} are identical\n`);
  return 0;
}
