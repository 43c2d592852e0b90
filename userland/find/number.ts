/** `+5`, `-5`, `5`: more than, less than, exactly. */

export interface Comparison {
  readonly kind: '+' | '-' | '=';
  readonly value: number;
}

const NUMBER = /^([+-]?)\+?(\d+)$/;
const FRACTION = /^([+-]?)((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/i;

function read(text: string, pattern: RegExp): Comparison | undefined {
  const found = pattern.exec(text);
  if (!found) return undefined;
  return { kind: (found[1] as '+' | '-' | '') || '=', value: Number(found[2]) };
}

export function parseComparison(text: string): Comparison | undefined {
  const found = read(text, NUMBER);
  return found && found.value < 2 ** 64 ? found : undefined;
}
/** For times, which may have a fraction. */
export function parseFraction(text: string): Comparison | undefined {
  return read(text, FRACTION);
}

export function holds(comparison: Comparison, value: number): boolean {
  if (comparison.kind === '+') return value > comparison.value;
  if (comparison.kind === '-') return value < comparison.value;
  return value === comparison.value;
}
