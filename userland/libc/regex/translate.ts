/**
 * Turns a syntax tree into the source of a JavaScript regular expression that works on byte strings. Three variants:
 * `ascii` is for texts without a byte above 0x7f and is the fastest; `utf8` knows characters of several bytes;
 * `bytes` is for the C locale.
 *
 * JavaScript's own ^ $ . \w \s differ from POSIX in lines and characters, so none of them is used as it is.
 */
import type { Node, Syntax } from './ast.ts';
import { CharSet, clip, complement } from './charset.ts';
import { type ByteSequence, encodeCode, type Range, utf8Sequences } from './utf8.ts';

export type Variant = 'ascii' | 'utf8' | 'bytes';

const NEWLINE = 10;
const NEVER = '(?!)';
const WORD = CharSet.ofClass('word', false);
const ALL: Record<Variant, number> = { ascii: 0x7f, utf8: 0x10ffff, bytes: 0xff };

function byteSource(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9_ ,;:=<>@#%&"'`~!]/.test(char) ? char : `\\x${byte.toString(16).padStart(2, '0')}`;
}

function classSource(ranges: readonly Range[]): string {
  if (ranges.length === 1 && ranges[0]![0] === ranges[0]![1]) return byteSource(ranges[0]![0]);
  const inside = ranges.map(([from, to]) => {
    const low = `\\x${from.toString(16).padStart(2, '0')}`;
    return from === to ? low : `${low}-\\x${to.toString(16).padStart(2, '0')}`;
  });
  return `[${inside.join('')}]`;
}

/** The ranges a set has in a variant; a newline is taken out where lines are matched in bulk. */
export function membersFor(node: Node, variant: Variant, lines: Syntax['lines']): Range[] {
  const max = ALL[variant];
  const members: Range[] = node.kind === 'set' ? node.set.members(max) : [[0, max]];
  if (lines !== 'never-newline') return members;
  return members.flatMap(([from, to]) =>
    from <= NEWLINE && to >= NEWLINE
      ? clip(complement([[NEWLINE, NEWLINE]], max), from, to)
      : [[from, to] as Range],
  );
}

/** Sequences of several bytes that share their tail become one. */
export function sequencesOf(ranges: readonly Range[]): ByteSequence[] {
  return ranges.filter(r => r[1] >= 0x80).flatMap(([from, to]) => utf8Sequences(Math.max(from, 0x80), to));
}

function setSource(ranges: readonly Range[], variant: Variant): string {
  if (ranges.length === 0) return NEVER;
  if (variant !== 'utf8') return classSource(ranges);
  const ascii = clip(ranges, 0, 0x7f);
  const parts = ascii.length > 0 ? [classSource(ascii)] : [];
  const byTail = new Map<string, Range[]>();
  for (const sequence of sequencesOf(ranges)) {
    const tail = sequence
      .slice(1)
      .map(range => classSource([range]))
      .join('');
    const leads = byTail.get(tail);
    if (leads) leads.push(sequence[0]!);
    else byTail.set(tail, [sequence[0]!]);
  }
  for (const [tail, leads] of byTail) parts.push(classSource(leads) + tail);
  return parts.length === 1 && ascii.length > 0 ? parts[0]! : `(?:${parts.join('|')})`;
}

export function translate(root: Node, syntax: Syntax, variant: Variant): string {
  const lines = syntax.lines ?? 'whole';

  const assertion = (what: string): string => {
    const word = variant === 'utf8' ? setSource(WORD.members(0x10ffff), variant) : '\\w';
    switch (what) {
      case 'lineStart':
        return lines === 'whole' ? '^' : '(?<![^\\n])';
      case 'lineEnd':
        return lines === 'whole' ? '$' : '(?![^\\n])';
      case 'textStart':
        return lines === 'never-newline' ? '(?<![^\\n])' : '(?<![^])';
      case 'textEnd':
        return lines === 'never-newline' ? '(?![^\\n])' : '(?![^])';
      case 'wordStart':
        return `(?<!${word})(?=${word})`;
      case 'wordEnd':
        return `(?<=${word})(?!${word})`;
      case 'noWordBefore':
        return `(?<!${word})`;
      case 'noWordAfter':
        return `(?!${word})`;
      case 'wordBoundary':
        return variant === 'utf8' ? `(?:(?<!${word})(?=${word})|(?<=${word})(?!${word}))` : '\\b';
      default:
        return variant === 'utf8' ? `(?:(?<!${word})(?!${word})|(?<=${word})(?=${word}))` : '\\B';
    }
  };

  /** `isAtom`: the source must stand before a quantifier. */
  const emit = (node: Node, isAtom: boolean): string => {
    switch (node.kind) {
      case 'empty':
        return '(?:)';
      case 'char': {
        if (variant === 'ascii') return node.code < 0x80 ? byteSource(node.code) : NEVER;
        if (variant === 'bytes') return byteSource(node.code & 0xff);
        const source = Array.from(encodeCode(node.code), char => byteSource(char.charCodeAt(0))).join('');
        return isAtom && node.code >= 0x80 ? `(?:${source})` : source;
      }
      case 'any':
      case 'set':
        return setSource(membersFor(node, variant, lines), variant);
      case 'cat': {
        const source = node.items.map(item => emit(item, false)).join('');
        return isAtom ? `(?:${source})` : source;
      }
      case 'alt':
        return `(?:${node.items.map(item => emit(item, false)).join('|')})`;
      case 'repeat': {
        const item =
          node.item.kind === 'repeat' || node.item.kind === 'assert'
            ? `(?:${emit(node.item, false)})`
            : emit(node.item, true);
        const source = item + quantifier(node.min, node.max);
        return isAtom ? `(?:${source})` : source;
      }
      case 'group':
        return `(${emit(node.item, false)})`;
      case 'backref':
        return `(?:\\${node.index})`;
      case 'assert':
        return isAtom ? `(?:${assertion(node.what)})` : assertion(node.what);
    }
  };
  return emit(root, false);
}

function quantifier(min: number, max: number): string {
  if (max === Infinity) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  if (min === 0 && max === 1) return '?';
  return min === max ? `{${min}}` : `{${min},${max}}`;
}
