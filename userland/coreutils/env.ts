/** env(1) and printenv(1). */
import { parse, usageError } from '../libc/getopt.ts';
import { execvp } from '../libc/process.ts';
import { env, warn } from '../libc/stdlib.ts';
import { flushAll, stdout } from '../libc/stdio.ts';
import { chdir } from '../libc/unistd.ts';
import { fail } from '../libc/stdlib.ts';
import { isError, reason } from './lib/errors.ts';
import { quote, quoteaf } from './lib/quote.ts';

const usage = `Usage: env [OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]
Set each NAME to VALUE in the environment and run COMMAND.

  -i, --ignore-environment  start with an empty environment
  -0, --null           end each output line with NUL, not newline
  -u, --unset=NAME     remove variable from the environment
  -C, --chdir=DIR      change working directory to DIR
  -S, --split-string=S  process and split S into separate arguments
`;

/** -S: splits as a shell would, with quotes, escapes and \${NAME}. */
export function splitString(text: string, variable: (name: string) => string | undefined): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let mode: '' | '"' | "'" = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (mode === '' && /[ \t\n\v\f\r]/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (c === '#' && mode === '' && word === undefined) break;
    else if ((c === '"' || c === "'") && (mode === '' || mode === c)) {
      mode = mode === '' ? c : '';
      word ??= '';
    } else if (c === '\\' && mode !== "'") {
      const next = text[++i];
      if (next === undefined) fail(125, 'invalid backslash at end of string in -S');
      if (next === 'c') {
        if (mode === '"') fail(125, `'\\c' must not appear in double-quoted -S string`);
        break;
      }
      if (next === '_') {
        if (mode === '"') word += ' ';
        else {
          if (word !== undefined) words.push(word);
          word = undefined;
        }
        continue;
      }
      const simple: Readonly<Record<string, string>> = { f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
      const plain = simple[next] ?? (/["#$'\\]/.test(next) ? next : undefined);
      if (plain === undefined) fail(125, `invalid sequence '\\${next}' in -S`);
      word = (word ?? '') + plain;
    } else if (c === '\\' && /['\\]/.test(text[i + 1] ?? '')) word = (word ?? '') + text[++i]!;
    else if (c === '$' && mode !== "'") {
      const name = /^\{([A-Za-z_]\w*)\}/.exec(text.slice(i + 1));
      if (!name) return fail(125, 'only ${VARNAME} expansion is supported, error at: ' + text.slice(i));
      const value = variable(name[1]!);
      if (value !== undefined) word = (word ?? '') + value;
      i += name[0].length;
    } else word = (word ?? '') + c;
  }
  if (mode !== '') fail(125, `no terminating quote in -S string`);
  if (word !== undefined) words.push(word);
  return words;
}

/** Replaces -S by the words that it stands for. */
function expandSplit(argv: string[]): string[] {
  const at = argv.findIndex((word, i) => i > 0 && /^(-[i0v]*S|--split-string=?)/.test(word));
  if (at < 0 || argv.slice(1, at).some(word => !word.startsWith('-'))) return argv;
  const word = argv[at]!;
  const cluster = /^-([i0v]*)S(.*)$/s.exec(word);
  const before = cluster?.[1] ? [`-${cluster[1]}`] : [];
  let text = cluster ? cluster[2]! : word.slice('--split-string='.length);
  let skip = 1;
  if (text === '' && (cluster || word === '--split-string')) {
    text = argv[at + 1] ?? '';
    skip = 2;
  }
  const words = splitString(text, name => env.get(name));
  return [...argv.slice(0, at), ...before, ...words, ...argv.slice(at + skip)];
}

/** Replaces the process; «name: ‘file’: reason» and 126 or 127 if that fails. `complain` words the first part. */
export function runCommand(words: readonly string[], complain = (file: string) => quote(file)): number {
  const [file = ''] = words;
  try {
    flushAll();
    return execvp(file, words);
  } catch (error) {
    warn(`${complain(file)}: ${reason(error)}`);
    return isError(error, 'ENOENT') ? 127 : 126;
  }
}

export function main(argv: string[]): number {
  const found = parse(expandSplit(argv), {
    short: '+iu:0C:vS:',
    long: {
      'ignore-environment': 'i',
      null: '0',
      unset: 'u',
      chdir: 'C',
      debug: 'v',
      'split-string': 'S',
    },
    usage,
    failure: 125,
  });
  const words = found.operands.slice();
  const variables = new Map(env);
  if (words[0] === '-') words.shift();
  if (found.has('i') || found.operands[0] === '-') variables.clear();
  for (const name of found.values('u')) {
    if (name === '' || name.includes('=')) fail(125, `cannot unset ${quote(name)}: Invalid argument`);
    variables.delete(name);
  }
  while (words.length > 0 && words[0]!.includes('=')) {
    const word = words.shift()!;
    const at = word.indexOf('=');
    variables.set(word.slice(0, at), word.slice(at + 1));
  }
  const directory = found.value('C');
  if (directory !== undefined) {
    if (words.length === 0) return usageError(argv[0]!, 'must specify command with --chdir (-C)', 125);
    try {
      chdir(directory);
    } catch (error) {
      fail(125, `cannot change directory to ${quoteaf(directory)}: ${reason(error)}`);
    }
  }
  if (words.length === 0) {
    const end = found.has('0') ? '\0' : '\n';
    for (const [name, value] of variables) stdout.write(`${name}=${value}${end}`);
    return 0;
  }
  if (found.has('0')) return usageError(argv[0]!, 'cannot specify --null (-0) with command', 125);
  env.clear();
  for (const [name, value] of variables) env.set(name, value);
  return runCommand(words);
}

export function printenv(argv: string[]): number {
  const found = parse(argv, {
    short: '+0',
    long: { null: '0' },
    usage: `Usage: printenv [OPTION]... [VARIABLE]...\nPrint the values of the specified environment VARIABLE(s), or all of them.\n\n  -0, --null     end each output line with NUL, not newline\n`,
    failure: 2,
  });
  const end = found.has('0') ? '\0' : '\n';
  if (found.operands.length === 0) {
    for (const [name, value] of env) stdout.write(`${name}=${value}${end}`);
    return 0;
  }
  let status = 0;
  for (const name of found.operands) {
    const value = env.get(name);
    if (value === undefined) status = 1;
    else stdout.write(value + end);
  }
  return status;
}
