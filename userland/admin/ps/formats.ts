/** Which columns are shown: the formats of the letters (-f, u, l …), and those that the user wrote with -o. */
import { COLUMNS, type Column } from './columns.ts';
import { PsError } from './options.ts';

export type Letter =
  | '-f' | '-F' | '-l' | '-j' | '-c' | '-y' | '-P' | '-L' | '-T'
  | 'j' | 'l' | 's' | 'u' | 'v' | 'X'; // prettier-ignore

/** A column with the heading and width that it has in this run. */
export interface ShownColumn extends Column {
  readonly name: string;
}

export interface Chosen {
  readonly letters: Set<Letter>;
  readonly own: ShownColumn[];
  extra: { readonly columns: ShownColumn[]; readonly dialect: 'posix' | 'bsd' } | undefined;
}

export function nothingChosen(): Chosen {
  return { letters: new Set(), own: [], extra: undefined };
}

export function isColumn(name: string): boolean {
  return Object.hasOwn(COLUMNS, name);
}

function column(name: string, heading?: string, width?: number): ShownColumn {
  const known = isColumn(name) ? COLUMNS[name] : undefined;
  if (known === undefined) throw new PsError(`unknown user-defined format specifier "${name}"`);
  const shown = heading ?? known.heading;
  return { ...known, name, heading: shown, width: width ?? Math.max(known.width, heading?.length ?? 0) };
}

/** `pid,ppid=PARENT`, `user:12`, `comm=`: a heading goes to the end of the word. */
export function parseColumns(text: string): ShownColumn[] {
  const equals = text.indexOf('=');
  const before = equals < 0 ? text : text.slice(0, equals);
  const names = before.split(/[ ,\t\n]+/).filter(name => name !== '');
  if (names.length === 0) throw new PsError('improper AIX field descriptor');
  return names.map((word, i) => {
    const [, name, width] = /^([^:]*)(?::(\d+))?$/.exec(word) ?? [];
    if (name === undefined) throw new PsError('improper format list');
    const heading = equals >= 0 && i === names.length - 1 ? text.slice(equals + 1) : undefined;
    return column(name, heading, width === undefined ? undefined : Number(width));
  });
}

export function addColumns(chosen: Chosen, text: string): void {
  chosen.own.push(...parseColumns(text));
}
export function addExtra(chosen: Chosen, text: string, dialect: 'posix' | 'bsd'): void {
  chosen.extra = { columns: parseColumns(text), dialect };
}

const BSD: Readonly<Partial<Record<Letter, string>>> = {
  j: 'ppid pid pgid sid tname tpgid stat uid bsdtime args',
  l: 'flags uid pid ppid intpri nice vsz rss wchan stat tname bsdtime args',
  s: 'uid pid pending sigmask sigignore sigcatch stat tname bsdtime args',
  u: 'user pid pcpu pmem vsz rss tname stat start_time bsdtime args',
  v: 'pid tname stat bsdtime maj_flt m_trs m_drs rss pmem args',
  X: 'pid stackp stat tname bsdtime args',
};

function posixFormat({ letters }: Chosen): string {
  const has = (letter: Letter): boolean => letters.has(letter);
  const threads = has('-L') ? 'lwp ' : has('-T') ? 'spid ' : '';
  const threadCount = has('-L') ? 'nlwp ' : '';
  const processor = has('-P') || has('-F') ? 'psr ' : '';
  const cls = has('-c');
  if (has('-l')) {
    const full = has('-f') || has('-F');
    const user = full ? 'uid_hack' : 'uid';
    const priority = cls ? 'class pri' : `c ${threadCount}opri nice`;
    const size = has('-y') ? 'rss sz' : 'addr sz';
    const end = full ? 'stime tname time cmd' : 'tname time ucmd';
    return `${has('-y') ? '' : 'flags '}state ${user} pid ppid ${threads}${priority} ${size} wchan ${processor}${end}`;
  }
  if (has('-f') || has('-F')) {
    const job = has('-j') ? 'pgid sid ' : '';
    const sizes = has('-F') ? 'sz rss ' : '';
    const share = cls ? 'class pri ' : 'c ';
    return `uid_hack pid ppid ${job}${threads}${share}${threadCount}${sizes}${processor}stime tname time cmd`;
  }
  const share = cls ? 'class pri ' : '';
  if (has('-j')) return `pid pgid sid ${threads}${share}${processor}tname time ucmd`;
  return `pid ${threads}${processor}${share}tname time ucmd`;
}

/** The columns to show. `isBsd`: some option was given in BSD's way. */
export function columnsOf(chosen: Chosen, isBsd: boolean): ShownColumn[] {
  const { letters, own, extra } = chosen;
  if (own.length > 0) return own;
  const list = (text: string): ShownColumn[] =>
    text
      .trim()
      .split(/ +/)
      .map(name => headed(name));
  if (extra) {
    const around =
      extra.dialect === 'posix' ? ['pid', 'state tname time command'] : ['pid', 'state tname time command'];
    return [...list(around[0]!), ...extra.columns, ...list(around[1]!)];
  }
  const bsd = [...letters].find(letter => BSD[letter] !== undefined);
  if (bsd !== undefined) return list(BSD[bsd]!);
  if ([...letters].length === 0 && isBsd) return list('pid tname stat bsdtime args');
  return list(posixFormat(chosen));
}

/** ADDR is as wide as SZ leaves it: the two share a field of eight. */
function headed(name: string): ShownColumn {
  if (name === 'addr') return column('addr', 'ADDR', 1);
  return column(name);
}
