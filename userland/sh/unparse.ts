/** Commands as text again: for `jobs`, and for tests. Here-documents appear as <<…. */
import type { Command, Redirect, Word, WordPart } from './ast.ts';

export function unparse(command: Command | undefined): string {
  if (!command) return '';
  switch (command.type) {
    case 'simple':
      return [
        ...command.assignments.map(({ name, value }) => `${name}=${unparseWord(value)}`),
        ...command.words.map(unparseWord),
        ...command.redirects.map(unparseRedirect),
      ].join(' ');
    case 'pipeline':
      return (command.isNegated ? '! ' : '') + command.commands.map(unparse).join(' | ');
    case 'and':
    case 'or':
      return `${unparse(command.left)} ${command.type === 'and' ? '&&' : '||'} ${unparse(command.right)}`;
    case 'sequence':
      return command.commands.map((item, i) => separated(item, i + 1 < command.commands.length)).join(' ');
    case 'background':
      return `${unparse(command.command)} &`;
    case 'function':
      return `${command.name}() ${unparse(command.body)}`;
    default: {
      const redirects = command.redirects.map(redirect => ` ${unparseRedirect(redirect)}`).join('');
      return unparseCompound(command) + redirects;
    }
  }
}

function separated(command: Command, hasNext: boolean): string {
  const text = unparse(command);
  return hasNext && command.type !== 'background' ? `${text};` : text;
}

/** A list as it stands before a reserved word. */
function list(command: Command | undefined): string {
  if (!command) return '';
  const text = unparse(command);
  return text.endsWith('&') ? `${text} ` : `${text}; `;
}

function unparseCompound(command: Command): string {
  switch (command.type) {
    case 'subshell':
      return `(${unparse(command.body)})`;
    case 'group':
      return `{ ${list(command.body)}}`;
    case 'if': {
      const otherwise = command.otherwise ? `else ${list(command.otherwise)}` : '';
      return `if ${list(command.condition)}then ${list(command.body)}${otherwise}fi`;
    }
    case 'while':
    case 'until':
      return `${command.type} ${list(command.condition)}do ${list(command.body)}done`;
    case 'for': {
      const words = command.words ? ` in${command.words.map(word => ` ${unparseWord(word)}`).join('')}` : '';
      return `for ${command.name}${words}; do ${list(command.body)}done`;
    }
    case 'case': {
      const items = command.items.map(
        item =>
          ` ${item.patterns.map(unparseWord).join('|')}) ${unparse(item.body)}${item.isFallThrough ? ';&' : ';;'}`,
      );
      return `case ${unparseWord(command.subject)} in${items.join('')} esac`;
    }
    default:
      return unparse(command);
  }
}

function unparseRedirect({ fd, operator, target }: Redirect): string {
  const implied = operator.startsWith('<') ? 0 : 1;
  const text = operator === '<<' ? '...' : unparseWord(target);
  return `${fd === implied ? '' : fd}${operator}${text}`;
}

export function unparseWord(word: Word): string {
  return word.map(part => unparsePart(part, false)).join('');
}

function unparsePart(part: WordPart, isInDouble: boolean): string {
  switch (part.type) {
    case 'text':
      return isInDouble ? part.text.replace(/["\\$`]/g, '\\$&') : part.text;
    case 'quoted':
      return `"${part.text.replace(/["\\$`]/g, '\\$&')}"`;
    case 'double':
      return `"${part.parts.map(inner => unparsePart(inner, true)).join('')}"`;
    case 'command':
      return `$(${unparse(part.body)})`;
    case 'arithmetic':
      return `$((${part.expression.map(inner => unparsePart(inner, false)).join('')}))`;
    case 'parameter': {
      const { name, operator } = part;
      if (operator === '') return /^\d\d/.test(name) ? `\${${name}}` : `$${name}`;
      if (operator === 'length') return `\${#${name}}`;
      const word = part.word?.map(inner => unparsePart(inner, false)).join('') ?? '';
      const mark = operator === 'slice' ? ':' : operator === 'bad' ? '' : operator;
      const separator = operator === 'slice' ? ':' : '/';
      const second = part.second
        ? separator + part.second.map(inner => unparsePart(inner, false)).join('')
        : '';
      return `\${${name}${part.isColon ? ':' : ''}${mark}${word}${second}}`;
    }
  }
}
