/** ${…}: the operators of parameter expansion (XCU 2.6.2). */
import { compilePattern, characters, matchAt, removePrefix, removeSuffix } from '../libc/fnmatch.ts';
import { evaluateArithmetic } from './arithmetic.ts';
import type { ParameterPart } from './ast.ts';
import { ShellError } from './errors.ts';
import { expandPattern, expandText, type ExpansionEnvironment } from './expand.ts';

/** A text, the list of $@ or $*, or 'word': the operator's word takes the place. */
export type ParameterValue = 'word' | { readonly text: string } | { readonly list: readonly string[] };

export function expandParameter(shell: ExpansionEnvironment, part: ParameterPart): ParameterValue {
  const { name, operator } = part;
  if (operator === 'bad') throw new ShellError('Bad substitution');
  const isList = name === '@' || name === '*';
  const list = isList ? shell.positional : undefined;
  const value = list ? (list.length > 0 ? list.join(' ') : undefined) : shell.lookup(name);
  const isAbsent = value === undefined || (part.isColon === true && value === '');
  switch (operator) {
    case '-':
      return isAbsent ? 'word' : held(list, value);
    case '+':
      return isAbsent ? { text: '' } : 'word';
    case '=': {
      if (!isAbsent) return held(list, value);
      if (!/^[A-Za-z_]/.test(name)) throw new ShellError(`Bad substitution`);
      const text = expandText(shell, part.word ?? [], 'word');
      shell.assign(name, text);
      return { text };
    }
    case '?': {
      if (!isAbsent) return held(list, value);
      const message = expandText(shell, part.word ?? [], 'word');
      throw new ShellError(
        `${name}: ${message || (part.isColon ? 'parameter not set or null' : 'parameter not set')}`,
      );
    }
    default:
  }
  if (value === undefined && !isList && shell.hasOption('nounset'))
    throw new ShellError(`${name}: parameter not set`);
  if (operator === 'length') {
    return { text: String(list ? list.length : characters(value ?? '', shell.isUtf8).length) };
  }
  if (operator === '') return held(list, value);
  if (operator === 'slice') return list ? sliceList(shell, part, list) : sliceText(shell, part, value ?? '');
  const change = changeBy(shell, part);
  return list ? { list: list.map(change) } : { text: change(value ?? '') };
}

function held(list: readonly string[] | undefined, value: string | undefined): ParameterValue {
  return list ? { list } : { text: value ?? '' };
}

function changeBy(shell: ExpansionEnvironment, part: ParameterPart): (text: string) => string {
  const pattern = compilePattern(expandPattern(shell, part.word ?? []), 0, shell.isUtf8);
  switch (part.operator) {
    case '#':
      return text => removePrefix(pattern, text, 'shortest');
    case '##':
      return text => removePrefix(pattern, text, 'longest');
    case '%':
      return text => removeSuffix(pattern, text, 'shortest');
    case '%%':
      return text => removeSuffix(pattern, text, 'longest');
    default: {
      const replacement = expandText(shell, part.second ?? [], 'none');
      return text => replaceMatches(text, pattern, replacement, part.operator === '//' ? Infinity : 1);
    }
  }
}

/** ${x/pattern/replacement} and ${x//pattern/replacement}, as in bash and POSIX's future. */
function replaceMatches(
  text: string,
  pattern: ReturnType<typeof compilePattern>,
  replacement: string,
  limit: number,
): string {
  let result = '';
  let done = 0;
  for (let at = 0; at < text.length && done < limit;) {
    const length = matchAt(pattern, text, at);
    if (length <= 0) {
      result += text[at++];
      continue;
    }
    result += replacement;
    at += length;
    done++;
    if (done === limit || at >= text.length) return result + text.slice(at);
  }
  return done < limit ? result : text;
}

function bounds(shell: ExpansionEnvironment, part: ParameterPart, length: number): [number, number] {
  const number = (word: ParameterPart['word']): number =>
    Number(evaluateArithmetic(expandText(shell, word ?? [], 'none'), shell));
  const offset = number(part.word);
  const from = Math.min(length, offset < 0 ? Math.max(0, length + offset) : offset);
  if (!part.second) return [from, length];
  const count = number(part.second);
  return [from, count < 0 ? Math.max(from, length + count) : Math.min(length, from + count)];
}

function sliceText(shell: ExpansionEnvironment, part: ParameterPart, value: string): ParameterValue {
  const chars = characters(value, shell.isUtf8);
  const [from, to] = bounds(shell, part, chars.length);
  return { text: typeof chars === 'string' ? chars.slice(from, to) : chars.slice(from, to).join('') };
}

function sliceList(
  shell: ExpansionEnvironment,
  part: ParameterPart,
  list: readonly string[],
): ParameterValue {
  const all = [shell.lookup('0') ?? '', ...list];
  const [from, to] = bounds(shell, part, all.length);
  // ${@:1:2} counts parameters from 1; the length counts from the offset.
  return { list: all.slice(from, to) };
}
