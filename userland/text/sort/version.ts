/** Version order of sort -V and ls -v: gnulib's filevercmp. */

/** Length of the name without its suffix (\.[A-Za-z~][A-Za-z0-9~]*)* . */
function prefixLength(name: string): number {
  return name.length - /(?:\.[A-Za-z~][A-Za-z0-9~]*)*$/.exec(name)![0].length;
}

function order(char: string | undefined): number {
  if (char === undefined) return -1;
  if (char >= '0' && char <= '9') return 0;
  if (/[A-Za-z]/.test(char)) return char.charCodeAt(0);
  return char === '~' ? -2 : char.charCodeAt(0) + 256;
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

function compareParts(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a[i])) || (j < b.length && !isDigit(b[j]))) {
      const difference = order(a[i]) - order(b[j]);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    while (a[i] === '0') i++;
    while (b[j] === '0') j++;
    let first = 0;
    while (isDigit(a[i]) && isDigit(b[j])) {
      if (first === 0) first = a.charCodeAt(i) - b.charCodeAt(j);
      i++;
      j++;
    }
    if (isDigit(a[i])) return 1;
    if (isDigit(b[j])) return -1;
    if (first !== 0) return first;
  }
  return 0;
}

export function versionCompare(a: string, b: string): number {
  if (a === b) return 0;
  // The empty name, «.», «..» and hidden names come first.
  if (a === '') return -1;
  if (b === '') return 1;
  for (const special of ['.', '..']) {
    if (a === special) return -1;
    if (b === special) return 1;
  }
  if (a.startsWith('.') !== b.startsWith('.')) return a.startsWith('.') ? -1 : 1;
  const x = prefixLength(a);
  const y = prefixLength(b);
  const byPrefix = compareParts(a.slice(0, x), b.slice(0, y));
  if (byPrefix !== 0 || (x === a.length && y === b.length)) return byPrefix;
  return compareParts(a, b);
}
