/** tsort(1): GNU coreutils 9.1: a total order of a partial one. Knuth 2.2.3, algorithm T. */
import { quote, quotef } from '../coreutils/lib/quote.ts';
import { O_RDONLY } from '../libc/fcntl.ts';
import { parse, usageError } from '../libc/getopt.ts';
import { SysError } from '../libc/native.ts';
import { readText, stdout } from '../libc/stdio.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { open } from '../libc/unistd.ts';

const USAGE = `Usage: tsort [OPTION] [FILE]
Write totally ordered list consistent with the partial ordering in FILE.

With no FILE, or when FILE is -, read standard input.

      --help        display this help and exit
      --version     output version information and exit
`;

interface Item {
  readonly name: string;
  predecessors: number;
  /** The one added last is first. */
  readonly successors: Item[];
  isPrinted: boolean;
  loop: Item | undefined;
}

export function tsort(argv: string[]): number {
  const { operands } = parse(argv, { usage: USAGE });
  if (operands.length > 1) return usageError('tsort', `extra operand ${quote(operands[1]!)}`);
  const name = operands[0] ?? '-';
  let text: string;
  try {
    text = readText(name === '-' ? 0 : open(name, O_RDONLY));
  } catch (error) {
    if (error instanceof SysError) return fail(1, `${quotef(name)}: ${error.message}`);
    throw error;
  }
  const words = text.match(/[^ \t\n]+/g) ?? [];
  if (words.length % 2 !== 0) return fail(1, `${quotef(name)}: input contains an odd number of tokens`);
  const items = new Map<string, Item>();
  const itemOf = (word: string): Item => {
    let item = items.get(word);
    if (!item)
      items.set(
        word,
        (item = { name: word, predecessors: 0, successors: [], isPrinted: false, loop: undefined }),
      );
    return item;
  };
  for (let i = 0; i < words.length; i += 2) {
    const before = itemOf(words[i]!);
    const after = itemOf(words[i + 1]!);
    if (before === after) continue;
    before.successors.unshift(after);
    after.predecessors++;
  }
  const sorted = [...items.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  let left = sorted.length;
  let isOk = true;
  while (left > 0) {
    const ready = sorted.filter(item => item.predecessors === 0 && !item.isPrinted);
    for (let i = 0; i < ready.length; i++) {
      const item = ready[i]!;
      stdout.write(`${item.name}\n`);
      item.isPrinted = true;
      left--;
      for (const after of item.successors) {
        after.predecessors--;
        if (after.predecessors === 0) ready.push(after);
      }
    }
    if (left === 0) break;
    warn(`${quotef(name)}: input contains a loop:`);
    isOk = false;
    breakLoop(sorted);
  }
  return isOk ? 0 : 1;
}

/** Names the items of a loop and takes one relation out of it. GNU tsort's detect_loop. */
function breakLoop(sorted: readonly Item[]): void {
  let current: Item | undefined;
  for (const item of sorted) item.loop = undefined;
  for (;;) {
    for (const item of sorted) {
      if (item.predecessors === 0) continue;
      if (!current) {
        current = item;
        continue;
      }
      const at: number = item.successors.indexOf(current);
      if (at < 0) continue;
      if (!item.loop) {
        item.loop = current;
        current = item;
        continue;
      }
      // Closed: the chain of `loop` from here back to here is the loop.
      for (let node: Item | undefined = current; node;) {
        const next: Item | undefined = node.loop;
        warn(node.name);
        if (node === item) {
          current.predecessors--;
          item.successors.splice(at, 1);
          break;
        }
        node.loop = undefined;
        node = next;
      }
      return;
    }
  }
}
