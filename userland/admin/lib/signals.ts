/** Signals on the command lines of kill, pkill and killall: names, numbers, and the lists of -l and -L. */
import { signalByName, signalName } from '../../libc/signal.ts';

const LAST = 31;
/** procps lists the names without SIG and without the real-time ones; 29 is POLL there. */
const nameOf = (signo: number): string => (signo === 29 ? 'POLL' : signalName(signo).replace(/^SIG/, ''));

/** kill -l */
export function signalList(): string {
  let text = '';
  let column = 0;
  for (let signo = 1; signo <= LAST; signo++) {
    const name = nameOf(signo);
    if (column > 0 && column + 1 + name.length > 78) {
      text += '\n';
      column = 0;
    }
    text += column === 0 ? name : ` ${name}`;
    column += name.length + (column === 0 ? 0 : 1);
  }
  return `${text}\n`;
}

/** kill -L */
export function signalTable(): string {
  let text = '';
  for (let signo = 1; signo <= LAST; signo++) {
    const cell = `${String(signo).padStart(2)} ${nameOf(signo)}`;
    if (signo % 7 === 0) text += `${cell}\n`;
    else text += cell.padEnd(11);
  }
  return `${text.slice(0, text.lastIndexOf('\n') + 1)}${text.slice(text.lastIndexOf('\n') + 1).trimEnd()} \n`.replace(
    / \n$/,
    '     \n',
  );
}

/** -l WORD: the name of a number, the number of a name. */
export function convertSignal(word: string): string | undefined {
  if (!/^\d+$/.test(word)) return signalByName(word)?.toString();
  const signo = Number(word);
  return signo >= 1 && signo <= LAST ? nameOf(signo) : undefined;
}

/**
 * Takes the first word of the form `-9`, `-KILL` or `-SIGKILL` out of the arguments, as these tools accept it beside
 * their options.
 */
export function takeSignal(argv: readonly string[]): { signo: number | undefined; rest: string[] } {
  for (const [i, word] of argv.entries()) {
    if (i === 0 || !/^-[0-9A-Z]/.test(word)) {
      if (word === '--') break;
      continue;
    }
    const signo = signalByName(word.slice(1));
    if (signo !== undefined) return { signo, rest: argv.filter((_, at) => at !== i) };
  }
  return { signo: undefined, rest: [...argv] };
}
