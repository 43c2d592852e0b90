/**
 * Reads a table of shell lines. A line of the table begins with `#: NAME` and some words, and goes on to the next:
 *
 *   #: sort by keys | quick needs=sort seconds=60 shell=dash stderr=ignore
 *   #: replace /PATTERN/ TEXT         what may differ: a regular expression, and what is put there instead
 *   #: differs WHY                    a difference that is known and stays
 *   sort -k2,2n -k1,1r table.csv
 *
 * Each finds poem.txt, table.csv and numbers.txt in its working directory.
 */
import type { ProgramLine } from './line.ts';

const POEM = `The kernel sleeps until a call
comes knocking at its only door;
it reads the number, checks them all,
the pointers, flags, and what is more,

it looks for whom the page was meant,
and copies once, and looks no twice.
A word goes back to where it went:
a zero, or an errno's price.

	tabs	and  double  spaces
UPPER lower MiXeD 12345
caf\u00e9 na\u00efve \u03b1\u03b2\u03b3 \u65e5\u672c\u8a9e
last line without end`;

const TABLE = `name,city,age,score
anna,Lima,31,7.5
bert,Oslo,4,12.25
cleo,Rome,58,-3
dora,Lima,31,0.001
emil,Kiel,9,1e3
fay,Oslo,77,42
gus,Rome,12,7.5
`;

const NUMBERS = Array.from({ length: 200 }, (_, i) => `${(i * 7919 + 13) % 1009}\n`).join('');

const FIXTURES = { 'poem.txt': POEM, 'table.csv': TABLE, 'numbers.txt': NUMBERS };

interface Draft {
  name: string;
  script: string[];
  line: Record<string, unknown>;
  replace: [RegExp, string][];
}

/** `source` is the file's name, for complaints. */
export function parseLines(text: string, source: string): ProgramLine[] {
  const drafts: Draft[] = [];
  for (const [i, row] of text.split('\n').entries()) {
    const where = `${source}:${i + 1}`;
    const current = drafts.at(-1);
    if (!row.startsWith('#: ')) {
      current?.script.push(row);
      continue;
    }
    const [, keyword, rest] = /^#: (replace |differs )?(.*)$/.exec(row)!;
    if (keyword === undefined) {
      const [name, words = ''] = rest!.split('|');
      const line = parseWords(words, where);
      drafts.push({ name: name!.trim(), script: [], line, replace: [] });
    } else if (current === undefined) {
      throw new Error(`${where}: of no line`);
    } else if (keyword === 'differs ') {
      current.line['differs'] = rest!;
    } else {
      const parts = /^\/(.*?)(?<!\\)\/ ?(.*)$/.exec(rest!);
      if (!parts) throw new Error(`${where}: want /PATTERN/ TEXT`);
      current.replace.push([new RegExp(parts[1]!, 'gm'), parts[2]!]);
    }
  }
  return drafts.map(({ name, script, line, replace }) => ({
    name,
    run: script.join('\n'),
    files: FIXTURES,
    replace,
    ...line,
  }));
}

function parseWords(words: string, where: string): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  for (const word of words.split(/\s+/).filter(each => each !== '')) {
    const [key, value = ''] = word.split('=');
    if (key === 'quick') line['quick'] = true;
    else if (key === 'needs') line['needs'] = value.split(',');
    else if (key === 'seconds') line['timeoutSeconds'] = Number(value);
    else if (key === 'shell') line['shell'] = value.replaceAll('+', ' ');
    else if (word === 'stderr=ignore') line['ignoreStderr'] = true;
    else throw new Error(`${where}: what is '${word}'?`);
  }
  return line;
}
