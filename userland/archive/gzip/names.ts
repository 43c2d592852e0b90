/** Names of compressed files and of what is in them: GNU gzip's suffix rules. */

const KNOWN = ['.gz', '.z', '.taz', '.tgz', '-gz', '-z', '_z'];

/** The suffix that marks a compressed file, or '' if it has none. `own`: given with -S. */
export function suffixOf(path: string, own: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const lower = name.toLowerCase();
  for (const suffix of [own, ...KNOWN]) {
    if (suffix !== '' && name.length > suffix.length && lower.endsWith(suffix.toLowerCase())) {
      return path.slice(path.length - suffix.length);
    }
  }
  return '';
}

/** Where the content of a compressed file goes. */
export function uncompressedName(path: string, suffix: string): string {
  const stem = path.slice(0, path.length - suffix.length);
  return /^\.t[ag]z$/i.test(suffix) ? `${stem}.tar` : stem;
}

/** Which files stand for an operand of gunzip that does not exist as it is. */
export function candidates(path: string, own: string): string[] {
  return [...new Set([own, '.gz', '.z', '-z', '.Z', '_z'])].map(suffix => path + suffix);
}
