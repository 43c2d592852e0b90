/** Reads words: quoting and the beginnings of all expansions (XCU 2.2, 2.6). Every function here takes a lexer. */
import type { ParameterOperator, Word, WordPart } from './ast.ts';
import type { Lexer } from './lexer.ts';

/**
 * Where a run of parts stands: a bare word; the word of an unquoted ${x-…}; inside "…"; the word of a ${x-…} inside
 * "…"; a here-document, and the word of a ${x-…} in one; the expression of $((…)).
 */
type Mode = 'word' | 'brace' | 'double' | 'double-brace' | 'here' | 'here-brace' | 'arithmetic';

class Parts {
  readonly list: WordPart[] = [];
  private pending = '';
  text(text: string): void {
    this.pending += text;
  }
  add(part: WordPart): void {
    this.flush();
    this.list.push(part);
  }
  quoted(text: string): void {
    this.flush();
    const last = this.list.at(-1);
    if (last?.type === 'quoted') this.list[this.list.length - 1] = { type: 'quoted', text: last.text + text };
    else this.list.push({ type: 'quoted', text });
  }
  finish(): Word {
    this.flush();
    return this.list;
  }
  private flush(): void {
    if (this.pending !== '') this.list.push({ type: 'text', text: this.pending });
    this.pending = '';
  }
}

/** Reads a word up to an unquoted blank or operator. */
export function readWord(lexer: Lexer): Word {
  return readUnquoted(lexer, 'word');
}

/** Reads all of a here-document's text. */
export function readHereText(lexer: Lexer): Word {
  return readDoubleParts(lexer, 'here');
}

const RUN_WORD = /[^ \t\n;&|<>()\\'"$`]+/y;
const RUN_BRACE = /[^}\\'"$`]+/y;
const RUN_DOUBLE = /[^"\\$`}]+/y;
const RUN_ARITHMETIC = /[^()\\$`"]+/y;
const RUN_SINGLE = /[^']+/y;
const WORD_END = /[ \t\n;&|<>()]/;

function readUnquoted(lexer: Lexer, mode: 'word' | 'brace'): Word {
  const { source } = lexer;
  const parts = new Parts();
  for (;;) {
    parts.text(source.takeMatch(mode === 'word' ? RUN_WORD : RUN_BRACE));
    const char = lexer.peek();
    if (char === '') return parts.finish();
    if (mode === 'brace' ? char === '}' : WORD_END.test(char)) return parts.finish();
    if (char === '\\') {
      source.take();
      const escaped = source.take();
      parts.quoted(escaped === '' ? '\\' : escaped);
    } else if (char === "'") {
      source.take();
      parts.quoted(readSingle(lexer));
    } else if (char === '"') {
      source.take();
      parts.add({ type: 'double', parts: readDoubleParts(lexer, 'double') });
    } else if (char === '$') readDollar(lexer, mode, parts);
    else if (char === '`') parts.add(readBackquote(lexer, mode));
    else parts.text(source.take());
  }
}

function readSingle(lexer: Lexer): string {
  let text = '';
  for (;;) {
    text += lexer.source.takeMatch(RUN_SINGLE);
    const char = lexer.source.take();
    if (char === "'") return text;
    if (char === '') lexer.fail('Unterminated quoted string');
  }
}

/** Reads the parts of a double-quoted text up to its end (which is taken for "…" and $((…)), left for '}'). */
function readDoubleParts(lexer: Lexer, mode: Exclude<Mode, 'word' | 'brace' | 'arithmetic'>): Word {
  const { source } = lexer;
  const parts = new Parts();
  const isBrace = mode === 'double-brace' || mode === 'here-brace';
  for (;;) {
    parts.text(source.takeMatch(RUN_DOUBLE));
    const char = source.peek();
    if (char === '') {
      if (mode === 'double') lexer.fail('Unterminated quoted string');
      return parts.finish();
    }
    if (char === '}' && isBrace) return parts.finish();
    if (char === '"' && mode !== 'here') {
      source.take();
      if (!isBrace) return parts.finish();
      parts.add({ type: 'double', parts: readDoubleParts(lexer, 'double') });
    } else if (char === '\\') {
      source.take();
      const escaped = source.peek();
      if (escaped === '\n') source.take();
      else if (
        /^[$`\\]$/.test(escaped) ||
        (escaped === '"' && mode !== 'here') ||
        (escaped === '}' && isBrace)
      ) {
        parts.text(source.take());
      } else parts.text('\\');
    } else if (char === '$') readDollar(lexer, mode, parts);
    else if (char === '`') parts.add(readBackquote(lexer, mode));
    else parts.text(source.take());
  }
}

const NAME_HERE = /[A-Za-z_][A-Za-z0-9_]*/y;
const PARAMETER_HERE = /[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-]/y;
const SHORT_PARAMETER = /[0-9@*#?$!-]/;

function readDollar(lexer: Lexer, mode: Mode, parts: Parts): void {
  const { source } = lexer;
  source.take();
  const char = lexer.peek();
  if (char === '(') {
    source.take();
    if (lexer.peek() === '(') {
      const expression = source.tentatively(() => {
        source.take();
        return readArithmetic(lexer);
      });
      if (expression) {
        parts.add({ type: 'arithmetic', expression });
        return;
      }
    }
    parts.add({ type: 'command', body: lexer.parseSubstitution() });
  } else if (char === '{') {
    source.take();
    parts.add(readBraced(lexer, mode));
  } else if (char === "'" && (mode === 'word' || mode === 'brace')) {
    source.take();
    parts.quoted(readDollarSingle(lexer));
  } else {
    let name = '';
    if (/^[A-Za-z_]$/.test(char)) {
      for (;;) {
        name += source.takeMatch(name === '' ? NAME_HERE : /[A-Za-z0-9_]+/y);
        if (!/^[A-Za-z0-9_]$/.test(lexer.peek())) break;
      }
    } else if (char !== '' && SHORT_PARAMETER.test(char)) name = source.take();
    if (name === '') parts.text('$');
    else parts.add({ type: 'parameter', name, operator: '' });
  }
}

/** Reads what follows '$((' up to and with '))'; undefined when it proves to be a command substitution. */
function readArithmetic(lexer: Lexer): Word | undefined {
  const { source } = lexer;
  const parts = new Parts();
  for (let depth = 0; ;) {
    parts.text(source.takeMatch(RUN_ARITHMETIC));
    const char = lexer.peek();
    if (char === '') lexer.fail("Missing '))'");
    if (char === '$') readDollar(lexer, 'arithmetic', parts);
    else if (char === '`') parts.add(readBackquote(lexer, 'arithmetic'));
    else if (char === '\\') {
      source.take();
      if (/^[$`\\]$/.test(source.peek())) parts.text(source.take());
      else parts.text('\\');
    } else {
      source.take();
      if (char === '"') continue;
      if (char === '(') depth++;
      if (char === ')' && depth-- === 0) {
        if (lexer.peek() !== ')') return undefined;
        source.take();
        return parts.finish();
      }
      parts.text(char);
    }
  }
}

/** Reads the text of `…`, drops its level of backslashes, and parses it. */
function readBackquote(lexer: Lexer, mode: Mode): WordPart {
  const { source } = lexer;
  const { line } = source;
  source.take();
  let text = '';
  for (;;) {
    text += source.takeMatch(/[^`\\]+/y);
    const char = source.take();
    if (char === '`') return { type: 'command', body: lexer.parseText(text, line) };
    if (char === '') lexer.fail('EOF in backquote substitution');
    const escaped = source.take();
    if (escaped === '\n') continue;
    const isEscape =
      /^[$`\\]$/.test(escaped) || (escaped === '"' && (mode === 'double' || mode === 'double-brace'));
    text += isEscape ? escaped : `\\${escaped}`;
  }
}

const LENGTH_HERE = /#(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])\}/y;

/** Reads what follows '${' up to and with '}'. */
function readBraced(lexer: Lexer, mode: Mode): WordPart {
  const { source } = lexer;
  lexer.peek();
  if (source.isAtMatch(LENGTH_HERE)) {
    const name = source.takeMatch(LENGTH_HERE).slice(1, -1);
    return { type: 'parameter', name, operator: 'length' };
  }
  let name = source.takeMatch(PARAMETER_HERE);
  while (/^[A-Za-z_]/.test(name) && source.isAtMatch(CONTINUATION)) {
    source.takeMatch(CONTINUATION);
    name += source.takeMatch(/[A-Za-z0-9_]*/y);
  }
  let char = lexer.peek();
  if (char === '}' && name !== '') {
    source.take();
    return { type: 'parameter', name, operator: '' };
  }
  let isColon = false;
  let operator = 'bad' as ParameterOperator;
  if (name !== '') {
    if (char === ':') {
      source.take();
      isColon = true;
      char = lexer.peek();
      if (!/^[-=?+]$/.test(char)) operator = 'slice';
    }
    if (/^[-=?+]$/.test(char)) {
      operator = source.take() as ParameterOperator;
    } else if (!isColon && /^[#%/]$/.test(char)) {
      operator = source.take() as ParameterOperator;
      if (lexer.peek() === char) operator = (operator + source.take()) as ParameterOperator;
    }
  }
  const part = {
    type: 'parameter' as const,
    name,
    operator,
    ...(isColon && operator !== 'slice' && { isColon }),
  };
  const word = readBracedWord(lexer, mode, operator);
  if (lexer.peek() !== '}') lexer.fail("Missing '}'");
  source.take();
  if (operator === 'slice' || operator === '/' || operator === '//') {
    const [first, second] = splitWord(word, operator === 'slice' ? ':' : '/');
    return { ...part, word: first, ...(second && { second }) };
  }
  return { ...part, word };
}

function readBracedWord(lexer: Lexer, mode: Mode, operator: ParameterOperator): Word {
  if (mode === 'word' || mode === 'brace') return readUnquoted(lexer, 'brace');
  const isPattern = /^[#%/]/.test(operator);
  if (isPattern) return readUnquoted(lexer, 'brace');
  return readDoubleParts(lexer, mode === 'here' || mode === 'here-brace' ? 'here-brace' : 'double-brace');
}

/** Cuts a word at the first unquoted separator. */
function splitWord(word: Word, separator: string): [Word, Word?] {
  for (const [i, part] of word.entries()) {
    if (part.type !== 'text') continue;
    const at = part.text.indexOf(separator, i === 0 && separator === '/' ? 1 : 0);
    if (at < 0) continue;
    const left: Word = [...word.slice(0, i), { type: 'text', text: part.text.slice(0, at) }];
    const right: Word = [{ type: 'text', text: part.text.slice(at + 1) }, ...word.slice(i + 1)];
    return [left, right];
  }
  return [word];
}

const CONTINUATION = /\\\n/y;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Reads $'…' after its quote (POSIX 2024, 2.2.4). */
function readDollarSingle(lexer: Lexer): string {
  const { source } = lexer;
  let text = '';
  for (;;) {
    text += source.takeMatch(/[^'\\]+/y);
    const char = source.take();
    if (char === "'") return text;
    if (char === '') lexer.fail('Unterminated quoted string');
    if (source.isAtMatch(/[0-7]/y)) {
      text += String.fromCharCode(parseInt(source.takeMatch(/[0-7]{1,3}/y), 8) & 0xff);
      continue;
    }
    const escaped = source.take();
    if (escaped === '') lexer.fail('Unterminated quoted string');
    if (escaped === 'x' && source.isAtMatch(/[0-9a-fA-F]/y)) {
      text += String.fromCharCode(parseInt(source.takeMatch(/[0-9a-fA-F]{1,2}/y), 16));
    } else if ((escaped === 'u' || escaped === 'U') && source.isAtMatch(/[0-9a-fA-F]/y)) {
      const digits = source.takeMatch(escaped === 'u' ? /[0-9a-fA-F]{1,4}/y : /[0-9a-fA-F]{1,8}/y);
      text += utf8(parseInt(digits, 16));
    } else if (escaped === 'c') {
      text += String.fromCharCode(source.take().toUpperCase().charCodeAt(0) ^ 0x40);
    } else if (SIMPLE_ESCAPES[escaped] !== undefined) text += SIMPLE_ESCAPES[escaped];
    else if (/^['"\\?]$/.test(escaped)) text += escaped;
    else text += `\\${escaped}`;
  }
}

/** The UTF-8 bytes of a code point as a byte string. */
export function utf8(code: number): string {
  if (code < 0x80) return String.fromCharCode(code);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
  if (code < 0x10000) {
    return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  }
  return String.fromCharCode(
    0xf0 | ((code >> 18) & 7),
    0x80 | ((code >> 12) & 0x3f),
    0x80 | ((code >> 6) & 0x3f),
    0x80 | (code & 0x3f),
  );
}
