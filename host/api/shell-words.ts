/**
 * A tagged template as a shell script: each value becomes words that the shell takes as they are. Grammar: POSIX shell
 * command language, 2.2 Quoting.
 */

/** What may stand in a template of guest.sh. An array becomes as many words as it has items. */
export type ShellValue = string | number | bigint | readonly (string | number | bigint)[];

/** One word that a shell takes for exactly this text. */
export function quoteWord(text: string): string {
  if (text.includes('\0')) throw new TypeError('sh: a value with a NUL cannot be handed to a program');
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function wordsOf(value: unknown, nth: number): string {
  if (typeof value === 'string') return quoteWord(value);
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) {
    return String(value);
  }
  if (Array.isArray(value)) {
    return value
      .map((item: unknown) => {
        if (Array.isArray(item)) throw new TypeError(`sh: value ${nth} is an array in an array`);
        return wordsOf(item, nth);
      })
      .join(' ');
  }
  const kind =
    value === null || value === undefined || typeof value === 'number' ? String(value) : `a ${typeof value}`;
  throw new TypeError(`sh: value ${nth} is ${kind}; give a string, a number, or an array of them`);
}

/**
 * The literal text between values, with the backslashes that are for the shell. Those of `\${` and `` \` `` are
 * JavaScript's: nobody could write `${HOME}` for the shell otherwise.
 */
function scriptText(raw: string): string {
  return raw.replace(/\\(\$\{|[^])/g, (whole, next: string) =>
    next === '`' || next === '${' ? next : whole,
  );
}

/** The script of a template. TypeError for a value that is no word, or stands where none can be. */
export function scriptOf(strings: TemplateStringsArray, values: readonly unknown[]): string {
  const place = new Place();
  let script = '';
  strings.raw.forEach((raw, n) => {
    const text = scriptText(raw);
    script += text;
    if (n >= values.length) return;
    place.advance(text);
    const within = place.name;
    if (within !== '') {
      throw new TypeError(
        within === 'a here-document'
          ? `sh: value ${n + 1} stands in a here-document; hand it over as \`input\``
          : `sh: value ${n + 1} stands in ${within}; values need none, they are quoted already`,
      );
    }
    script += wordsOf(values[n], n + 1);
    place.afterValue();
  });
  return script;
}

type Frame = { kind: 'plain' | 'single' | 'double' | 'backquote' } | { kind: 'substitution'; depth: number };

/** Where in a script one is, as far as it matters for a value: in which quotes. */
class Place {
  readonly #frames: Frame[] = [{ kind: 'plain' }];
  /** Ends of here-documents that begin at the next newline, and the one that is being read. */
  readonly #expected: string[] = [];
  #document: string | undefined;
  #line = '';
  #isWordStart = true;
  #isComment = false;

  get name(): string {
    if (this.#document !== undefined) return 'a here-document';
    if (this.#isComment) return 'a comment';
    const { kind } = this.#frames.at(-1)!;
    return kind === 'single' || kind === 'double' ? `${kind} quotes` : '';
  }

  afterValue(): void {
    this.#isWordStart = false;
  }

  advance(text: string): void {
    for (let i = 0; i < text.length; i++) i += this.#step(text, i);
  }

  /** Takes the character at `i`; gives how many more it took. */
  #step(text: string, i: number): number {
    const c = text[i]!;
    if (this.#document !== undefined) return this.#inDocument(c);
    const frame = this.#frames.at(-1)!;
    if (frame.kind === 'single') {
      if (c === "'") this.#frames.pop();
      return 0;
    }
    if (c === '\n') {
      this.#isComment = false;
      this.#document = frame.kind === 'double' ? undefined : this.#expected.shift();
    }
    if (this.#isComment) return 0;
    const isWordStart = this.#isWordStart;
    this.#isWordStart = /[\s;&|()]/.test(c);
    if (c === '\\') return 1;
    if (c === '`') this.#toggle('backquote');
    else if (c === '"') this.#toggle('double');
    else if (text.startsWith('$(', i)) {
      this.#frames.push({ kind: 'substitution', depth: 0 });
      this.#isWordStart = true;
      return 1;
    } else if (frame.kind !== 'double') return this.#unquoted(text, i, frame, isWordStart);
    return 0;
  }

  #toggle(kind: 'double' | 'backquote'): void {
    if (this.#frames.at(-1)!.kind === kind) this.#frames.pop();
    else this.#frames.push({ kind });
  }

  #unquoted(text: string, i: number, frame: Frame, isWordStart: boolean): number {
    const c = text[i]!;
    if (c === "'") this.#frames.push({ kind: 'single' });
    else if (c === '#' && isWordStart) this.#isComment = true;
    else if (frame.kind === 'substitution' && c === '(') frame.depth++;
    else if (frame.kind === 'substitution' && c === ')' && --frame.depth < 0) this.#frames.pop();
    else if (c === '<') {
      const document = /^<<-?[ \t]*(['"]?)([\w.-]+)\1/.exec(text.slice(i));
      if (document === null) return text.startsWith('<<<', i) ? 2 : 0;
      this.#expected.push(document[2]!);
      return document[0].length - 1;
    }
    return 0;
  }

  #inDocument(c: string): number {
    if (c !== '\n') {
      this.#line += c;
      return 0;
    }
    if (this.#line.trim() === this.#document) this.#document = this.#expected.shift();
    this.#line = '';
    return 0;
  }
}
