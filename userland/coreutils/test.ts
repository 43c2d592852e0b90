/** test(1) and [. */
import { warn } from '../libc/stdlib.ts';
import { evaluateTest, TestError } from './lib/test-expression.ts';
import { quote } from './lib/quote.ts';

export function main(argv: string[]): number {
  let words = argv.slice(1);
  if (argv[0]!.endsWith('[')) {
    if (words.at(-1) !== ']') {
      warn(`missing ${quote(']')}`);
      return 2;
    }
    words = words.slice(0, -1);
  }
  try {
    return evaluateTest(words) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TestError)) throw error;
    warn(error.message);
    return 2;
  }
}
