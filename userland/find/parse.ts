/** The words of the expression become tokens; which primaries there are. */
import { Arguments, type Makers } from './arguments.ts';
import { actions, printAction } from './actions.ts';
import { attributeTests } from './attributes.ts';
import { commands } from './exec.ts';
import { compileExpression, type Test, type Token } from './expression.ts';
import { nameTests } from './names.ts';
import { GLOBAL_OPTIONS, options, POSITIONAL_OPTIONS } from './options.ts';
import { fatal, say } from './report.ts';
import { AT_SYMLINK_NOFOLLOW, tryStat } from '../libc/stat.ts';
import { exit } from '../libc/unistd.ts';
import type { Settings } from './settings.ts';
import { newerXY, timeTests } from './times.ts';

const MAKERS: Makers = { ...options, ...nameTests, ...timeTests, ...attributeTests, ...actions, ...commands };
const NO_ACTION = /^-(?:prune|quit)$/;

const OPERATORS: Readonly<Record<string, Token['kind']>> = {
  '(': 'open',
  ')': 'close',
  '!': 'not',
  ',': 'comma',
  '-not': 'not',
  '-a': 'and',
  '-and': 'and',
  '-o': 'or',
  '-or': 'or',
};

/** Whether a word belongs to the expression. `isLeading`: no word before it did. */
export function isExpression(word: string, isLeading: boolean): boolean {
  if (word.startsWith('-')) return word.length > 1;
  if (word === ')' || word === ',') return !isLeading;
  return word === '!' || word === '(';
}

/** Reads the expression that begins at `at`. */
export function parseExpression(words: readonly string[], at: number, settings: Settings): Test {
  const args = new Arguments(words, at, settings);
  const tokens: Token[] = [];
  let previous: string | undefined;
  let firstTest: string | undefined;
  let hasPrune = false;
  let hasDelete = false;
  let hasAction = false;
  for (;;) {
    const word = args.next();
    if (word === undefined) break;
    if (!isExpression(word, false)) {
      say(`paths must precede expression: \`${word}'`);
      if (previous !== undefined && tryStat(word, AT_SYMLINK_NOFOLLOW)) {
        say(`possible unquoted pattern after predicate \`${previous}'?`);
      }
      return exit(1);
    }
    args.name = word;
    const operator = Object.hasOwn(OPERATORS, word) ? OPERATORS[word] : undefined;
    if (operator) {
      tokens.push({ kind: operator, name: word } as Token);
      continue;
    }
    const name = word.slice(1);
    if (firstTest !== undefined && GLOBAL_OPTIONS.has(name)) {
      args.warn(
        `you have specified the global option ${word} after the argument ${firstTest}, but global options are not positional, i.e., ${word} affects tests specified before it as well as those specified after it.  Please specify global options before other arguments.`,
      );
    }
    const isNewer = /^-newer..$/.test(word);
    if (!isNewer && !Object.hasOwn(MAKERS, name)) return fatal(`unknown predicate \`${word}'`);
    const made = isNewer ? newerXY(args) : MAKERS[name]!(args);
    previous = word;
    if (!POSITIONAL_OPTIONS.has(name) && !GLOBAL_OPTIONS.has(name)) firstTest ??= word;
    tokens.push(made);
    if (word === '-prune') hasPrune = true;
    if (word === '-delete') hasDelete = true;
    if (made.cost === 'effect' && !NO_ACTION.test(word)) hasAction = true;
  }
  if (hasPrune && hasDelete && !settings.hasDepthOption) {
    return fatal(
      'The -delete action automatically turns on -depth, but -prune does nothing when -depth is in effect.  If you want to carry on anyway, just explicitly use the -depth option.',
    );
  }
  if (tokens.length === 0) return printAction(args).test;
  const test = compileExpression(tokens, hasAction);
  if (hasAction) return test;
  const print = printAction(args).test;
  return entry => test(entry) && print(entry);
}
