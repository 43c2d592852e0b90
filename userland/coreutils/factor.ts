/** factor(1): prime factors, by trial division and Pollard's rho. */
import { parse } from '../libc/getopt.ts';
import { warn } from '../libc/stdlib.ts';
import { LineReader, stdout } from '../libc/stdio.ts';
import { quote } from './lib/quote.ts';

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

const WITNESSES = [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n];

/** Miller–Rabin; certain below 3.3e24, beyond that as sure as 13 witnesses make it. */
function isPrime(n: bigint): boolean {
  if (n < 2n) return false;
  for (const p of WITNESSES) if (n % p === 0n) return n === p;
  let odd = n - 1n;
  let twos = 0;
  while ((odd & 1n) === 0n) {
    odd >>= 1n;
    twos++;
  }
  return WITNESSES.every(witness => {
    let x = power(witness, odd, n);
    if (x === 1n || x === n - 1n) return true;
    for (let i = 1; i < twos; i++) {
      x = (x * x) % n;
      if (x === n - 1n) return true;
    }
    return false;
  });
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** A factor of a composite number. */
function rho(n: bigint): bigint {
  for (let c = 1n; ; c++) {
    const step = (x: bigint) => (x * x + c) % n;
    let [slow, fast, divisor] = [2n, 2n, 1n];
    while (divisor === 1n) {
      // Many differences are multiplied before each gcd, which is what costs.
      let product = 1n;
      const [slowBefore, fastBefore] = [slow, fast];
      for (let i = 0; i < 128; i++) {
        slow = step(slow);
        fast = step(step(fast));
        product = (product * (slow > fast ? slow - fast : fast - slow)) % n;
      }
      divisor = gcd(product, n);
      if (divisor === n || product === 0n) {
        [slow, fast] = [slowBefore, fastBefore];
        do {
          slow = step(slow);
          fast = step(step(fast));
          divisor = gcd(slow > fast ? slow - fast : fast - slow, n);
        } while (divisor === 1n);
      }
    }
    if (divisor !== n) return divisor;
  }
}

export function factors(n: bigint): bigint[] {
  const found: bigint[] = [];
  let rest = n;
  for (let p = 2n; p < 1000n && p * p <= rest; p += p === 2n ? 1n : 2n) {
    while (rest % p === 0n) {
      found.push(p);
      rest /= p;
    }
  }
  const pending = rest > 1n ? [rest] : [];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (isPrime(next)) found.push(next);
    else {
      const divisor = rho(next);
      pending.push(divisor, next / divisor);
    }
  }
  return found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

export function main(argv: string[]): number {
  const { operands } = parse(argv, {
    usage:
      'Usage: factor [NUMBER]...\nPrint the prime factors of each specified integer NUMBER.  If none\nare specified on the command line, read them from standard input.\n',
  });
  let status = 0;
  const show = (word: string) => {
    const text = word.replace(/^\+/, '');
    if (!/^\d+$/.test(text)) {
      warn(`${quote(word)} is not a valid positive integer`);
      status = 1;
      return;
    }
    const n = BigInt(text);
    stdout.write(
      `${n}:${factors(n)
        .map(p => ` ${p}`)
        .join('')}\n`,
    );
  };
  if (operands.length > 0) operands.forEach(show);
  else {
    const reader = new LineReader(0);
    for (let line = reader.next(); line !== undefined; line = reader.next())
      line
        .split(/[ \t\r\0]+/)
        .filter(Boolean)
        .forEach(show);
  }
  return status;
}
