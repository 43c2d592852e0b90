/** Tab completion: what the word before the cursor could become. */
import { SysError } from '../../libc/native.ts';
import { readdir } from '../../libc/dirent.ts';
import { S_ISDIR, tryStat } from '../../libc/stat.ts';
import { users } from '../../libc/pwd.ts';
import { builtins } from '../builtins/table.ts';
import { RESERVED_WORDS } from '../parser.ts';
import { isExecutable } from '../search.ts';
import type { Shell } from '../shell.ts';

export interface Completion {
  /** Bytes before the cursor that are replaced. */
  readonly replaced: number;
  /** Full replacements, quoted as needed. */
  readonly candidates: readonly string[];
  /** What to show of each candidate in a list. */
  readonly labels: readonly string[];
}

export function complete(shell: Shell, before: string): Completion {
  const word = /(?:[^\s;&|<>()"'\\`]|\\[^]|"[^"]*|'[^']*)*$/.exec(before)![0];
  const start = before.slice(0, before.length - word.length);
  const variable = /\$(\{?)([A-Za-z_][A-Za-z0-9_]*|)$/.exec(word);
  if (variable) {
    const [whole, brace, prefix] = variable as unknown as [string, string, string];
    const names = shell.variables.names.filter(name => name.startsWith(prefix)).sort();
    return {
      replaced: whole.length,
      candidates: names.map(name => `$${brace}${name}${brace ? '}' : ''}`),
      labels: names,
    };
  }
  const plain = word.replace(/\\([^])|["']/g, (_, escaped: string | undefined) => escaped ?? '');
  const isCommand = /(?:^|[;&|(`]|\b(?:then|do|else|if|while|until|!|\{)\s)\s*(?:[A-Za-z_]\w*=\S*\s+)*$/.test(
    start,
  );
  const found =
    isCommand && !plain.includes('/') ? commandNames(shell, plain) : fileNames(shell, plain, isCommand);
  return {
    replaced: word.length,
    candidates: found.map(({ text }) => quoteWord(text)),
    labels: found.map(({ label }) => label),
  };
}

interface Candidate {
  readonly text: string;
  readonly label: string;
}

function commandNames(shell: Shell, prefix: string): Candidate[] {
  const names = new Set<string>();
  for (const list of [builtins.keys(), shell.functions.keys(), shell.aliases.keys(), RESERVED_WORDS]) {
    for (const name of list) if (name.startsWith(prefix)) names.add(name);
  }
  for (const directory of (shell.variables.get('PATH') ?? '').split(':')) {
    for (const { name } of entries(directory === '' ? '.' : directory)) {
      if (name.startsWith(prefix) && isExecutable(`${directory}/${name}`) === true) names.add(name);
    }
  }
  if (prefix === '') names.delete('[');
  return [...names].sort().map(name => ({ text: name, label: name }));
}

function fileNames(shell: Shell, word: string, isCommand: boolean): Candidate[] {
  if (/^~[^/]*$/.test(word)) {
    return users()
      .filter(({ name }) => name.startsWith(word.slice(1)))
      .map(({ name }) => ({ text: `~${name}/`, label: `~${name}` }));
  }
  const slash = word.lastIndexOf('/') + 1;
  const shown = word.slice(0, slash);
  const tilde = /^~([^/]*)\//.exec(shown);
  const home = tilde ? shell.homeDirectory(tilde[1]!) : undefined;
  const directory = home === undefined ? shown : home + shown.slice(tilde![0].length - 1);
  const prefix = word.slice(slash);
  const list: Candidate[] = [];
  for (const { name } of entries(directory === '' ? '.' : directory)) {
    if (!name.startsWith(prefix) || (name.startsWith('.') && !prefix.startsWith('.'))) continue;
    const status = tryStat(directory + name);
    const isDirectory = status !== undefined && S_ISDIR(status.mode);
    if (isCommand && !isDirectory && isExecutable(directory + name) !== true) continue;
    const tail = isDirectory ? '/' : '';
    list.push({ text: shown + name + tail, label: name + tail });
  }
  return list.sort((a, b) => (a.text < b.text ? -1 : 1));
}

function entries(directory: string): readonly { readonly name: string }[] {
  try {
    return readdir(directory);
  } catch (error) {
    if (error instanceof SysError) return [];
    throw error;
  }
}

/** Escapes what the shell would take apart; a leading tilde stays one. */
export function quoteWord(text: string): string {
  return text.replace(/[\s"'\\$`&|;<>()*?[\]#!{}]/g, (char, at: number) =>
    char === '#' && at > 0 ? char : `\\${char}`,
  );
}

/** The longest beginning that all candidates share. */
export function commonPrefix(candidates: readonly string[]): string {
  let prefix = candidates[0] ?? '';
  for (const candidate of candidates) {
    let length = 0;
    while (length < prefix.length && prefix[length] === candidate[length]) length++;
    prefix = prefix.slice(0, length);
  }
  return prefix;
}
