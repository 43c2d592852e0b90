/** The shell's options: their letters, their names for `set -o`, in dash's order. */

export type OptionName =
  | 'errexit'
  | 'noglob'
  | 'ignoreeof'
  | 'interactive'
  | 'monitor'
  | 'noexec'
  | 'stdin'
  | 'xtrace'
  | 'verbose'
  | 'vi'
  | 'emacs'
  | 'noclobber'
  | 'allexport'
  | 'notify'
  | 'nounset'
  | 'hashall'
  | 'pipefail'
  | 'nolog'
  | 'debug';

export const OPTIONS: readonly { readonly name: OptionName; readonly letter: string }[] = [
  { name: 'errexit', letter: 'e' },
  { name: 'noglob', letter: 'f' },
  { name: 'ignoreeof', letter: 'I' },
  { name: 'interactive', letter: 'i' },
  { name: 'monitor', letter: 'm' },
  { name: 'noexec', letter: 'n' },
  { name: 'stdin', letter: 's' },
  { name: 'xtrace', letter: 'x' },
  { name: 'verbose', letter: 'v' },
  { name: 'vi', letter: 'V' },
  { name: 'emacs', letter: 'E' },
  { name: 'noclobber', letter: 'C' },
  { name: 'allexport', letter: 'a' },
  { name: 'notify', letter: 'b' },
  { name: 'nounset', letter: 'u' },
  { name: 'hashall', letter: 'h' },
  { name: 'pipefail', letter: '' },
  { name: 'nolog', letter: '' },
  { name: 'debug', letter: '' },
];

export function optionByLetter(letter: string): OptionName | undefined {
  return OPTIONS.find(option => option.letter === letter)?.name;
}

export function optionByName(name: string): OptionName | undefined {
  return OPTIONS.find(option => option.name === name)?.name;
}

/** The value of $-, in dash's order. */
export function optionLetters(options: ReadonlySet<OptionName>): string {
  return OPTIONS.map(({ name, letter }) => (options.has(name) ? letter : ''))
    .reverse()
    .join('');
}
