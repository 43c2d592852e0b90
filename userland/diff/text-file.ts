/** A file as diff compares it: its lines, and whether the last one lacks its newline. */

export interface TextFile {
  /** Without newlines. */
  readonly lines: readonly string[];
  readonly missesNewline: boolean;
  readonly isBinary: boolean;
}

/** What GNU diff looks at to see whether a file is text. */
const LOOK_BYTES = 65536;

export function textFile(content: string): TextFile {
  const isBinary = content.lastIndexOf('\0', LOOK_BYTES) >= 0;
  const lines = content.split('\n');
  const missesNewline = lines.at(-1) !== '';
  if (!missesNewline) lines.pop();
  return { lines, missesNewline, isBinary };
}

export interface KeyOptions {
  readonly ignoresCase: boolean;
  /** -w: all; -b: changes; -Z: trailing; -E: tabs. */
  readonly whiteSpace: 'all' | 'changes' | 'trailing' | 'tabs' | 'none';
  readonly stripsReturn: boolean;
  readonly tabSize: number;
}

/** Tabs as blanks, as the column says. */
export function expandTabs(line: string, tabSize: number): string {
  if (!line.includes('\t')) return line;
  let out = '';
  for (const char of line) {
    if (char === '\t') out += ' '.repeat(tabSize - (out.length % tabSize));
    else out += char;
  }
  return out;
}

/** What two lines must have in common to count as equal; undefined: the line itself. */
export function lineKey(options: KeyOptions): ((line: string) => string) | undefined {
  const steps: ((line: string) => string)[] = [];
  switch (options.whiteSpace) {
    case 'all':
      steps.push(line => line.replace(/[ \t\r\v\f]+/g, ''));
      break;
    case 'changes':
      steps.push(line => line.replace(/[ \t\r\v\f]+$/, '').replace(/[ \t\r\v\f]+/g, ' '));
      break;
    case 'trailing':
      steps.push(line => line.replace(/[ \t\r\v\f]+$/, ''));
      break;
    case 'tabs':
      steps.push(line => expandTabs(line, options.tabSize));
      break;
    case 'none':
  }
  if (options.ignoresCase) steps.push(line => line.toLowerCase());
  if (steps.length === 0) return undefined;
  return line => steps.reduce((text, step) => step(text), line);
}
