/**
 * --strace: each system call in the kernel log as strace(1) would print it, with the kernel's reason for an error. The
 * formats are those of kernel/trace, which strace(1) of the userland has as well.
 */
import type { Task } from '../task/task.ts';
import { Errno } from '../errors.ts';
import type { Reader } from '../trace/arguments.ts';
import { entryText, exitText, resultText } from '../trace/call.ts';

const OPTIONS = { stringLimit: 32, isVerbose: false };

const ADDRESS_LIMIT = 2 ** 47;
/** Nothing that is shown is longer. */
const READ_LIMIT = 1 << 20;

/** The task's own arguments and memory. */
class TaskReader implements Reader {
  readonly #task: Task;

  constructor(task: Task) {
    this.#task = task;
  }

  argument(n: number): bigint {
    return this.#task.args.b64(n);
  }
  read(address: number, length: number): Uint8Array | undefined {
    if (address + length > ADDRESS_LIMIT || length > READ_LIMIT) return undefined;
    return attempt(() => this.#task.mm?.copyIn(address, length));
  }
  text(address: number, limit: number): { text: string; isWhole: boolean } | undefined {
    const { mm } = this.#task;
    if (mm === undefined || address > ADDRESS_LIMIT) return undefined;
    let text = '';
    while (text.length <= limit) {
      const code = attempt(() => mm.readU8(address + text.length));
      if (code === undefined) return text === '' ? undefined : { text, isWhole: false };
      if (code === 0) return { text, isWhole: true };
      text += String.fromCharCode(code);
    }
    return { text, isWhole: false };
  }
}

/** What a bad pointer gives is no error here: it prints as a number. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof Errno) return undefined;
    throw error;
  }
}

function nameOf(task: Task): string {
  return task.kernel.table.get(task.call.number)?.name ?? `syscall_0x${task.call.number.toString(16)}`;
}

/** The call's name and those arguments that are known before it runs: `read(3, `. */
export function formatCall(task: Task): string {
  return entryText(nameOf(task), new TaskReader(task), OPTIONS).text;
}

/** The rest of the line: `"text", 100) = 4`, or `) = -1 ENOENT (No such file or directory)`. */
export function formatResult(task: Task, result: number): string {
  const reader = new TaskReader(task);
  const name = nameOf(task);
  const { shown } = entryText(name, reader, OPTIONS);
  return `${exitText(name, shown, reader, OPTIONS, result)} = ${resultText(name, result, reader)}`;
}
