/**
 * Pathname expansion: glob(3), POSIX XCU 2.14.3. A pattern is walked component by component; only components with
 * wildcards read a directory. Names come sorted by bytes.
 */
import { compilePattern, FNM_PERIOD, isUtf8Locale, matches } from './fnmatch.ts';
import { readdir } from './dirent.ts';
import { lstat, S_ISDIR, S_ISLNK, stat } from './stat.ts';
import { SysError } from './native.ts';

/** What glob needs of a file system; tests hand in one of their own. */
export interface GlobFiles {
  /** The names in a directory with their kind where it is known; empty when it cannot be read. */
  names(directory: string): readonly { readonly name: string; readonly isDirectory: boolean | undefined }[];
  exists(path: string): boolean;
  isDirectory(path: string): boolean;
}

/** The names that match, sorted; empty when there are none. Backslash escapes. */
export function glob(pattern: string, isUtf8 = isUtf8Locale(), files: GlobFiles = systemFiles): string[] {
  const components = splitPattern(pattern);
  const found: string[] = [];
  walk('', components, 0, isUtf8, files, found);
  return found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

interface Component {
  readonly text: string;
  /** Slashes that follow. */
  readonly slashes: string;
  readonly hasWildcards: boolean;
}

function splitPattern(pattern: string): Component[] {
  const components: Component[] = [];
  for (const [, text = '', slashes = ''] of pattern.matchAll(/([^/]*)(\/*)/g)) {
    if (text === '' && slashes === '') continue;
    const isWild = compilePattern(text, 0, false).tokens.some(token => token.kind !== 'char');
    components.push({ text, slashes, hasWildcards: isWild });
  }
  return components;
}

function walk(
  prefix: string,
  components: readonly Component[],
  index: number,
  isUtf8: boolean,
  files: GlobFiles,
  found: string[],
): void {
  const component = components[index];
  if (!component) {
    if (prefix.endsWith('/') ? files.isDirectory(prefix) : files.exists(prefix)) found.push(prefix);
    return;
  }
  if (!component.hasWildcards) {
    const name = component.text.replace(/\\([^])/g, '$1');
    walk(prefix + name + component.slashes, components, index + 1, isUtf8, files, found);
    return;
  }
  const pattern = compilePattern(component.text, FNM_PERIOD, isUtf8);
  const candidates: { name: string; isDirectory: boolean | undefined }[] = [
    ...files.names(prefix === '' ? '.' : prefix),
  ];
  // '.' and '..' are in every directory, for a pattern that begins with a dot.
  if (component.text.startsWith('.')) {
    candidates.push({ name: '.', isDirectory: true }, { name: '..', isDirectory: true });
  }
  for (const { name, isDirectory } of candidates) {
    if (!matches(pattern, name)) continue;
    const path = prefix + name;
    if (component.slashes !== '') {
      if (!(isDirectory ?? files.isDirectory(path))) continue;
      if (index + 1 === components.length) found.push(path + component.slashes);
      else walk(path + component.slashes, components, index + 1, isUtf8, files, found);
    } else found.push(path);
  }
}

function attempt<T>(otherwise: T, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof SysError) return otherwise;
    throw error;
  }
}

const systemFiles: GlobFiles = {
  names: directory =>
    attempt([], () =>
      readdir(directory).map(({ name, type }) => ({
        name,
        isDirectory: type === DT_DIR ? true : type === DT_UNKNOWN || type === DT_LNK ? undefined : false,
      })),
    ),
  exists: path => attempt(false, () => (lstat(path), true)),
  isDirectory: path =>
    attempt(false, () => {
      const { mode } = lstat(path);
      return S_ISDIR(S_ISLNK(mode) ? stat(path).mode : mode);
    }),
};

const DT_UNKNOWN = 0;
const DT_DIR = 4;
const DT_LNK = 10;
