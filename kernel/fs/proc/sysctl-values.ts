/**
 * Values of /proc/sys: numbers and strings that are read and written as text. Counterpart: proc_dointvec_minmax and
 * proc_dostring in kernel/sysctl.c.
 */
import type { Kernel } from '../../kernel.ts';
import type { FileNode } from './tree.ts';
import { EINVAL } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import { file, fixed } from './tree.ts';

/** The one integer that a text is, between blanks; EINVAL for anything else and outside of the range. */
export function parseInteger(text: string, low: number, high: number): number {
  const digits = /^\s*([-+]?(?:0[xX][0-9a-fA-F]+|\d+))[\s\0]*$/.exec(text)?.[1];
  if (digits === undefined) return fail(EINVAL, 'not an integer');
  const isNegative = digits.startsWith('-');
  const magnitude = digits.replace(/^[-+]/, '');
  // As strtoul with base 0: a leading 0 means octal.
  const value = /^0\d+$/.test(magnitude) ? parseInt(magnitude, 8) : Number(magnitude);
  const result = isNegative ? -value : value;
  if (!(result >= low && result <= high)) return fail(EINVAL, 'integer out of range');
  return result;
}

type Sysctl = FileNode<Kernel>;

/** A constant: sysctls that are read but rule nothing here. */
export function constant(value: string | number): Sysctl {
  return fixed<Kernel>(value, { isStrict: true });
}

/** A value that is worked out. */
export function computed(read: (kernel: Kernel) => string | number): Sysctl {
  return file<Kernel>(kernel => `${read(kernel)}\n`, { isStrict: true });
}

/** A number that can be set: `low` and `high` bound it. */
export function integer(
  read: (kernel: Kernel) => number,
  write: (kernel: Kernel, value: number) => void,
  [low, high]: readonly [number, number],
  mode = 0o644,
): Sysctl {
  return file<Kernel>(kernel => `${read(kernel)}\n`, {
    mode,
    isStrict: true,
    write: (kernel, text) => {
      if (text !== '') write(kernel, parseInteger(text, low, high));
    },
  });
}

/** A number that can be set and is given back, but rules nothing here. Kept in `kernel.sysctls`. */
export function remembered(name: string, initial: number, range: readonly [number, number]): Sysctl {
  return integer(
    kernel => kernel.sysctls.get(name) ?? initial,
    (kernel, value) => void kernel.sysctls.set(name, value),
    range,
  );
}

/** A string of at most `maxLength` bytes; a newline ends it. */
export function text(
  read: (kernel: Kernel) => string,
  write: (kernel: Kernel, value: string) => void,
  maxLength: number,
): Sysctl {
  return file<Kernel>(kernel => `${read(kernel)}\n`, {
    mode: 0o644,
    isStrict: true,
    write: (kernel, value) => {
      const end = value.search(/[\n\0]/);
      write(kernel, value.slice(0, Math.min(maxLength, end < 0 ? maxLength : end)));
    },
  });
}
