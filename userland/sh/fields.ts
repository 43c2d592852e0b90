/**
 * Collects the fields that one word expands to: field splitting (XCU 2.6.5) happens while text is added, quote removal
 * by never adding quotes. Each field is kept twice: as text, and as a pattern in which quoted characters are escaped.
 */
import { quotePattern } from '../libc/fnmatch.ts';

export interface Field {
  readonly text: string;
  /** The field as a pattern; undefined when nothing unquoted in it could be a wildcard. */
  readonly pattern: string | undefined;
}

/** Where the pieces of an expanded word go. */
export interface Sink {
  /** Unquoted text of the script itself. */
  literal(text: string): void;
  /** Quoted text. Even an empty one makes a field. */
  quoted(text: string): void;
  /** The unquoted result of an expansion. */
  expanded(text: string): void;
  /** Between two parameters of $@ or $*. */
  boundary(kind: 'quoted' | 'unquoted'): void;
}

const WILDCARD = /[*?[]/;

export class FieldSink implements Sink {
  readonly fields: Field[] = [];
  private readonly whitespace: string;
  private readonly separators: string;
  private text = '';
  private pattern = '';
  private hasWildcard = false;
  private isOpen = false;
  /** The delimiter just seen, with nothing after it: a non-blank one right after blanks belongs to them. */
  private delimiter: 'none' | 'blank' | 'other' = 'none';

  constructor(ifs: string | undefined) {
    const all = ifs ?? ' \t\n';
    this.whitespace = all
      .split('')
      .filter(char => /[ \t\n]/.test(char))
      .join('');
    this.separators = all
      .split('')
      .filter(char => !/[ \t\n]/.test(char))
      .join('');
  }

  literal(text: string): void {
    this.open();
    this.text += text;
    this.pattern += text;
    if (WILDCARD.test(text)) this.hasWildcard = true;
  }

  quoted(text: string): void {
    this.open();
    this.text += text;
    this.pattern += quotePattern(text);
  }

  expanded(text: string): void {
    const { whitespace, separators } = this;
    let start = 0;
    for (let i = 0; i < text.length; i++) {
      const char = text[i]!;
      const isBlank = whitespace.includes(char);
      if (!isBlank && !separators.includes(char)) continue;
      if (i > start) this.literal(text.slice(start, i));
      start = i + 1;
      if (this.isOpen) {
        this.close();
        this.delimiter = isBlank ? 'blank' : 'other';
      } else if (!isBlank) {
        if (this.delimiter !== 'blank') this.fields.push({ text: '', pattern: undefined });
        this.delimiter = 'other';
      }
    }
    if (start < text.length) this.literal(text.slice(start));
  }

  boundary(kind: 'quoted' | 'unquoted'): void {
    if (this.isOpen || kind === 'quoted') this.close();
    this.delimiter = 'none';
  }

  finish(): readonly Field[] {
    if (this.isOpen) this.close();
    return this.fields;
  }

  private open(): void {
    this.isOpen = true;
    this.delimiter = 'none';
  }

  private close(): void {
    this.fields.push({ text: this.text, pattern: this.hasWildcard ? this.pattern : undefined });
    this.text = '';
    this.pattern = '';
    this.hasWildcard = false;
    this.isOpen = false;
  }
}

/** Takes everything as one text: assignments, redirections, here-documents. */
export class TextSink implements Sink {
  text = '';
  literal(text: string): void {
    this.text += text;
  }
  quoted(text: string): void {
    this.text += text;
  }
  expanded(text: string): void {
    this.text += text;
  }
  boundary(): void {
    this.text += ' ';
  }
}

/** Takes everything as one pattern: `case`, ${x#pattern}. */
export class PatternSink implements Sink {
  pattern = '';
  literal(text: string): void {
    this.pattern += text;
  }
  quoted(text: string): void {
    this.pattern += quotePattern(text);
  }
  expanded(text: string): void {
    this.pattern += text;
  }
  boundary(): void {
    this.pattern += ' ';
  }
}
