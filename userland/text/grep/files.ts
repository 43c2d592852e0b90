/** Which files grep searches: operands, and with -r what is below them, filtered by --include and --exclude. */
import { DT_DIR, DT_LNK, DT_REG, DT_UNKNOWN, readdir } from '../../libc/dirent.ts';
import { fnmatch } from '../../libc/fnmatch.ts';
import { SysError } from '../../libc/native.ts';
import { lstat, S_ISDIR, S_ISREG, stat } from '../../libc/stat.ts';

export interface FileRules {
  readonly isRecursive: boolean;
  readonly followsLinks: boolean;
  readonly includes: readonly string[];
  readonly excludes: readonly string[];
  readonly excludedDirectories: readonly string[];
}

function matches(patterns: readonly string[], path: string): boolean {
  return patterns.some(pattern => {
    for (let at = 0; at >= 0;) {
      if (fnmatch(pattern, path.slice(at), 0)) return true;
      const slash = path.indexOf('/', at);
      at = slash < 0 ? -1 : slash + 1;
    }
    return false;
  });
}

/** Is a file with this name left out? */
export function isExcluded(rules: FileRules, path: string): boolean {
  if (matches(rules.excludes, path)) return true;
  return rules.includes.length > 0 && !matches(rules.includes, path);
}

export function isDirectoryExcluded(rules: FileRules, path: string): boolean {
  const bare = path.replace(/(.)\/+$/, '$1');
  return matches(
    rules.excludedDirectories.map(pattern => pattern.replace(/(.)\/+$/, '$1')),
    bare,
  );
}

/** Visits the files below a directory. `path` is shown as it was given; '' for the working directory. */
export function eachFile(
  path: string,
  rules: FileRules,
  visit: (path: string) => void,
  failed: (path: string, error: SysError) => void,
  above: readonly string[] = [],
): void {
  let entries;
  try {
    entries = readdir(path === '' ? '.' : path);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    failed(path === '' ? '.' : path, error);
    return;
  }
  for (const { name, type } of entries) {
    const full = path === '' ? name : path.endsWith('/') ? path + name : `${path}/${name}`;
    if (type === DT_LNK && !rules.followsLinks) continue;
    let isDirectory = type === DT_DIR;
    let isRegular = type === DT_REG;
    if (type === DT_LNK || type === DT_UNKNOWN) {
      try {
        const { mode } = rules.followsLinks ? stat(full) : lstat(full);
        isDirectory = S_ISDIR(mode);
        isRegular = S_ISREG(mode);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        failed(full, error);
        continue;
      }
    }
    if (isDirectory) {
      if (isDirectoryExcluded(rules, name)) continue;
      if (rules.followsLinks) {
        const { dev, ino } = stat(full);
        const key = `${dev}:${ino}`;
        if (above.includes(key)) continue;
        eachFile(full, rules, visit, failed, [...above, key]);
      } else eachFile(full, rules, visit, failed);
    } else if (isRegular && !isExcluded(rules, name)) visit(full);
  }
}
