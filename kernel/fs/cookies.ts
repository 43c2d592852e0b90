/**
 * Cookies of getdents(2): each name of a directory has a number that is never used again, and the listing goes on with
 * the names whose numbers are greater. Shared by the file systems that keep their entries in the order of cookies.
 */

/** Index of the first entry after `cookie`; the entries ascend. */
export function indexAfterCookie(entries: readonly { readonly cookie: number }[], cookie: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle]!.cookie <= cookie) low = middle + 1;
    else high = middle;
  }
  return low;
}
