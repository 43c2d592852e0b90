/** The command line of diff. */
import { fail } from '../libc/stdlib.ts';
import { Regex, RegexError } from '../libc/regex.ts';
import { isatty } from '../libc/unistd.ts';
import { isUtf8Locale, quotef } from '../coreutils/lib/quote.ts';
import { readFile } from '../coreutils/lib/mounts.ts';
import { reason } from '../coreutils/lib/errors.ts';
import { parseOptions, usageFailure } from './lib/command-line.ts';
import type { Paint, Style } from './output/lines.ts';
import type { KeyOptions } from './text-file.ts';
import { USAGE } from './usage.ts';

export type Format = 'normal' | 'unified' | 'context' | 'ed' | 'forward-ed' | 'rcs' | 'side-by-side';

export interface DiffOptions {
  readonly operands: readonly string[];
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly format: Format;
  readonly keys: KeyOptions;
  readonly style: Style;
  readonly horizon: number;
  readonly labels: readonly string[];
  readonly isBrief: boolean;
  readonly reportsSame: boolean;
  readonly isRecursive: boolean;
  /** -N: missing files are empty. -P: only those of the first directory. */
  readonly newFile: 'none' | 'first' | 'both';
  readonly treatsAsText: boolean;
  readonly isMinimal: boolean;
  readonly ignoresBlankLines: boolean;
  readonly ignored: Regex | undefined;
  readonly followsLinks: boolean;
  readonly excluded: readonly string[];
  readonly startFile: string | undefined;
  readonly ignoresNameCase: boolean;
  /** The options as they were written, for the headings of recursive output. */
  readonly switches: string;
}

const LONG: Readonly<Record<string, string>> = {
  normal: 'normal',
  brief: 'q',
  'report-identical-files': 's',
  context: 'C::',
  unified: 'U::',
  ed: 'e',
  rcs: 'n',
  'forward-ed': 'f',
  'side-by-side': 'y',
  width: 'W',
  'left-column': 'left',
  'suppress-common-lines': 'suppress',
  'show-c-function': 'p',
  'show-function-line': 'F',
  label: 'L',
  'expand-tabs': 't',
  'initial-tab': 'T',
  tabsize: 'tabsize:',
  'suppress-blank-empty': 'suppress-blank',
  paginate: 'l',
  recursive: 'r',
  'no-dereference': 'nofollow',
  'new-file': 'N',
  'unidirectional-new-file': 'P',
  'ignore-file-name-case': 'namecase',
  'no-ignore-file-name-case': 'nonamecase',
  exclude: 'x',
  'exclude-from': 'X',
  'starting-file': 'S',
  'from-file': 'from:',
  'to-file': 'to:',
  'ignore-case': 'i',
  'ignore-tab-expansion': 'E',
  'ignore-trailing-space': 'Z',
  'ignore-space-change': 'b',
  'ignore-all-space': 'w',
  'ignore-blank-lines': 'B',
  'ignore-matching-lines': 'I',
  text: 'a',
  'strip-trailing-cr': 'stripcr',
  minimal: 'd',
  'horizon-lines': 'horizon:',
  'speed-large-files': 'H',
  color: 'color::',
  palette: 'palette:',
};

function count(text: string, what: string, least = 0): number {
  if (!/^\d+$/.test(text) || Number(text) < least) return usageFailure(`invalid ${what} '${text}'`);
  return Number(text);
}

function patternOf(patterns: readonly string[]): Regex | undefined {
  if (patterns.length === 0) return undefined;
  for (const pattern of patterns) compile(pattern);
  return compile(patterns);
}

function compile(pattern: string | readonly string[]): Regex {
  try {
    return new Regex(pattern, {
      isExtended: false,
      isUtf8: isUtf8Locale(),
      dialect: 'grep',
      hasGnuEscapes: true,
    });
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    return fail(2, `${String(pattern)}: ${error.message}`);
  }
}

const COLORS: Readonly<Record<Paint, string>> = { header: '1', delete: '31', add: '32', range: '36' };

function painter(when: string): Style['paint'] {
  const isOn = when === 'always' || (when === 'auto' && isatty(1));
  if (!isOn) return (_, text) => text;
  return (kind, text) => text.replace(/[^\n]+/g, line => `\x1b[${COLORS[kind]}m${line}\x1b[0m`);
}

/** `-5`: an old way to write -C 5 or the context of -u. */
function withoutNumbers(argv: readonly string[]): { rest: string[]; context: number | undefined } {
  let context: number | undefined;
  const rest: string[] = [];
  let isOver = false;
  for (const word of argv) {
    isOver ||= word === '--';
    const found = isOver ? null : /^-([a-zA-Z]*?)(\d+)([a-zA-Z]*)$/.exec(word);
    // Digits are options of their own unless they are the argument of another one.
    const takesArgument = found && /[CDFILSUWxX]/.test(found[1]! + found[3]!);
    if (found && !takesArgument) {
      context = Number(found[2]);
      if (found[1] !== '' || found[3] !== '') rest.push(`-${found[1]}${found[3]}`);
    } else rest.push(word);
  }
  return { rest, context };
}

export function readOptions(argv: string[]): DiffOptions {
  const { rest, context: bareContext } = withoutNumbers(argv);
  const found = parseOptions(rest, {
    short: 'abBcC:dD:eEfF:hHiI:lL:nNpPqrsS:tTuU:vwW:x:X:yZ',
    long: LONG,
    usage: USAGE,
    failure: 2,
  });
  let format: Format | undefined;
  let context = -1;
  const setFormat = (next: Format) => {
    if (format !== undefined && format !== next) usageFailure('conflicting output style options');
    format = next;
  };
  let whiteSpace: KeyOptions['whiteSpace'] = 'none';
  const rank = ['none', 'tabs', 'trailing', 'changes', 'all'] as const;
  const ignoreSpace = (kind: KeyOptions['whiteSpace']) => {
    // GNU diff 3.8 has it so: -E goes under when -Z is there.
    if (rank.indexOf(kind) > rank.indexOf(whiteSpace)) whiteSpace = kind;
  };
  const labels: string[] = [];
  const excluded: string[] = [];
  let width = 130;
  let tabSize = 8;
  let horizon = 0;
  let color = 'never';
  let functionPattern: string | undefined;
  let showsFunctions = false;
  for (const { key, value, name } of found.options) {
    const text = value ?? '';
    switch (key) {
      case 'normal':
        setFormat('normal');
        break;
      case 'c':
      case 'u':
        setFormat(key === 'c' ? 'context' : 'unified');
        context = Math.max(context, 3);
        break;
      case 'C':
      case 'U':
        setFormat(key === 'C' ? 'context' : 'unified');
        context = Math.max(context, value === undefined ? 3 : count(text, 'context length'));
        break;
      case 'e':
        setFormat('ed');
        break;
      case 'f':
        setFormat('forward-ed');
        break;
      case 'n':
        setFormat('rcs');
        break;
      case 'y':
        setFormat('side-by-side');
        break;
      case 'W':
        width = count(text, 'width', 1);
        break;
      case 'tabsize:':
      case 'tabsize':
        tabSize = count(text, 'tabsize', 1);
        break;
      case 'horizon':
        horizon = Math.max(horizon, count(text, 'horizon length'));
        break;
      case 'color':
        color = value ?? 'auto';
        if (!['always', 'auto', 'never'].includes(color)) usageFailure(`invalid color '${color}'`);
        break;
      case 'w':
        ignoreSpace('all');
        break;
      case 'b':
        ignoreSpace('changes');
        break;
      case 'Z':
        ignoreSpace('trailing');
        break;
      case 'E':
        ignoreSpace('tabs');
        break;
      case 'L':
        if (labels.length === 2) fail(2, 'too many file label options');
        labels.push(text);
        break;
      case 'x':
        excluded.push(text);
        break;
      case 'X':
        try {
          excluded.push(
            ...readFile(text === '-' ? '/dev/stdin' : text)
              .split('\n')
              .filter(Boolean),
          );
        } catch (error) {
          fail(2, `${quotef(text)}: ${reason(error)}`);
        }
        break;
      case 'p':
        showsFunctions = true;
        functionPattern = '^[[:alpha:]$_]';
        break;
      case 'F':
        showsFunctions = true;
        functionPattern = text;
        break;
      case 'D':
      case 'l':
        fail(2, `option '${name}' is not supported`);
    }
  }
  if (format === undefined && showsFunctions) {
    format = 'context';
    context = 3;
  }
  if (bareContext !== undefined) context = bareContext;
  const functionRegex = functionPattern === undefined ? undefined : compile(functionPattern);
  const { operands } = found;
  const from = found.value('from');
  const to = found.value('to');
  if (from !== undefined && to !== undefined) fail(2, '--from-file and --to-file both specified');
  if (from === undefined && to === undefined) {
    if (operands.length < 2) usageFailure(`missing operand after '${argv.at(-1) ?? 'diff'}'`);
    if (operands.length > 2) usageFailure(`extra operand '${operands[2]!}'`);
  }
  const effective = Math.max(0, context);
  const isContextual = format === 'unified' || format === 'context';
  return {
    operands,
    from,
    to,
    format: format ?? 'normal',
    keys: { ignoresCase: found.has('i'), whiteSpace, stripsReturn: found.has('stripcr'), tabSize },
    style: {
      context: isContextual ? effective : 0,
      expandsTabs: found.has('t'),
      initialTab: found.has('T'),
      tabSize,
      omitsBlank: found.has('suppress-blank'),
      functionLine: functionRegex && (line => functionRegex.test(line)),
      width,
      leftColumn: found.has('left'),
      suppressesCommon: found.has('suppress'),
      paint: painter(color),
    },
    horizon: Math.max(horizon, isContextual ? effective : 0),
    labels,
    isBrief: found.has('q'),
    reportsSame: found.has('s'),
    isRecursive: found.has('r'),
    newFile: found.has('N') ? 'both' : found.has('P') ? 'first' : 'none',
    treatsAsText: found.has('a'),
    isMinimal: found.has('d'),
    ignoresBlankLines: found.has('B'),
    ignored: patternOf(found.values('I')),
    followsLinks: !found.has('nofollow'),
    excluded,
    startFile: found.value('S'),
    ignoresNameCase: found.last('namecase', 'nonamecase') === 'namecase',
    switches: switchesOf(argv, operands),
  };
}

/** The words of the command line that are options. */
function switchesOf(argv: readonly string[], operands: readonly string[]): string {
  const rest = operands.slice();
  const words: string[] = [];
  for (const word of argv.slice(1).toReversed()) {
    if (rest.length > 0 && word === rest.at(-1)) rest.pop();
    else words.unshift(word);
  }
  return words.map(word => ` ${quotef(word)}`).join('');
}
