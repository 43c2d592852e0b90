/**
 * Questions about commands that are answered without running them: which of them may run without a process of their
 * own, or in this heap, without anybody noticing.
 */
import {
  plainText,
  type Command,
  type Redirect,
  type SimpleCommand,
  type Word,
  type WordPart,
} from './ast.ts';
import type { Shell } from './shell.ts';

/** True when expanding the word runs a command. */
export function hasSubstitution(word: Word): boolean {
  return word.some(partHasSubstitution);
}

function partHasSubstitution(part: WordPart): boolean {
  switch (part.type) {
    case 'command':
      return true;
    case 'double':
      return hasSubstitution(part.parts);
    case 'arithmetic':
      return hasSubstitution(part.expression);
    case 'parameter':
      return hasSubstitution(part.word ?? []) || hasSubstitution(part.second ?? []);
    default:
      return false;
  }
}

export function commandHasSubstitution(command: SimpleCommand): boolean {
  return (
    command.words.some(hasSubstitution) ||
    command.assignments.some(({ value }) => hasSubstitution(value)) ||
    command.redirects.some(({ target }) => hasSubstitution(target))
  );
}

/** True when expanding the word may change a variable of the shell. */
function hasSideEffects(word: Word): boolean {
  return word.some(part => {
    switch (part.type) {
      case 'double':
        return hasSideEffects(part.parts);
      case 'parameter':
        return part.operator === '=' || hasSideEffects(part.word ?? []) || hasSideEffects(part.second ?? []);
      case 'arithmetic':
        return part.expression.some(
          inner =>
            (inner.type === 'text' && /\+\+|--|(?:^|[^=!<>])=(?!=)|<<=|>>=/.test(inner.text)) ||
            hasSideEffects([inner]),
        );
      default:
        return false;
    }
  });
}

/** Built-ins that only write to standard output. */
const PURE_BUILTINS = new Set([
  'echo',
  'printf',
  'pwd',
  'true',
  'false',
  ':',
  'test',
  '[',
  'jobs',
  'history',
]);

/** A call of a built-in whose whole effect is its output and status. */
export function isPureCall(shell: Shell, command: Command): boolean {
  if (command.type !== 'simple' || command.redirects.length + command.assignments.length > 0) return false;
  const name = commandName(command);
  return (
    name !== undefined &&
    PURE_BUILTINS.has(name) &&
    !shell.functions.has(name) &&
    !shell.options.has('xtrace') &&
    !command.words.some(hasSideEffects)
  );
}

/** The name of the command where it can be read off. */
export function commandName(command: SimpleCommand): string | undefined {
  const word = command.words[0];
  return word && plainText(word);
}

/** Built-ins whose output may be caught in this heap: they neither start programs nor take descriptors for good. */
const CAPTURABLE_BUILTINS = new Set([
  ...PURE_BUILTINS,
  ...'break cd continue exit export getopts hash help let local read readonly return set shift times trap type umask'.split(
    ' ',
  ),
  ...'ulimit unalias unset alias'.split(' '),
]);

/** True when a command runs nothing but built-ins (and functions of such), so that its output can be caught here. */
export function isCapturable(shell: Shell, command: Command | undefined, seen = new Set<string>()): boolean {
  if (!command) return true;
  const inner = (item: Command | undefined): boolean => isCapturable(shell, item, seen);
  switch (command.type) {
    case 'simple': {
      if (!command.redirects.every(isHarmlessRedirect)) return false;
      if (command.words.length === 0) return true;
      const name = commandName(command);
      if (name === undefined) return false;
      const body = shell.functions.get(name);
      if (body) {
        if (seen.has(name)) return true;
        seen.add(name);
        return inner(body);
      }
      if (name === 'command') return /^-[vV]$/.test(plainText(command.words[1] ?? []) ?? '');
      return CAPTURABLE_BUILTINS.has(name);
    }
    case 'and':
    case 'or':
      return inner(command.left) && inner(command.right);
    case 'sequence':
      return command.commands.every(inner);
    case 'pipeline':
      return command.commands.length === 1 && inner(command.commands[0]);
    case 'background':
    case 'function':
      return false;
    default:
  }
  if (!command.redirects.every(isHarmlessRedirect)) return false;
  switch (command.type) {
    case 'subshell':
      return false;
    case 'group':
    case 'for':
      return inner(command.body);
    case 'if':
      return inner(command.condition) && inner(command.body) && inner(command.otherwise);
    case 'while':
    case 'until':
      return inner(command.condition) && inner(command.body);
    case 'case':
      return command.items.every(item => inner(item.body));
  }
}

/** A redirection that does not name descriptor 1, which is not where the caught output goes. */
function isHarmlessRedirect({ operator, target }: Redirect): boolean {
  if (operator === '<<' || operator === '<<<') return true;
  const text = plainText(target);
  if (operator === '>&' || operator === '<&') return text !== undefined && text !== '1';
  return text === undefined || text === '/dev/null' || !/^\/(?:dev|proc)\//.test(text);
}
