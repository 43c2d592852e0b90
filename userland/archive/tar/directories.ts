/** The directories of -C: each is relative to the one before. tar stands in one of them at a time. */
import { O_CLOEXEC, O_DIRECTORY, O_RDONLY } from '../../../kernel/abi/fcntl.ts';
import { SysError } from '../../libc/native.ts';
import { chdir, fchdir, open } from '../../libc/unistd.ts';
import { quote } from './quote.ts';
import { fatal } from './report.ts';

export class Directories {
  /** [0] is where tar was started. */
  readonly #paths: (readonly string[])[] = [[]];
  #present = 0;
  #start: number | undefined;

  /** Index of the directory that -C leads to from the last one. */
  add(path: string): number {
    const from = this.#paths.at(-1)!;
    this.#paths.push(path.startsWith('/') ? [path] : [...from, path]);
    return this.#paths.length - 1;
  }
  get last(): number {
    return this.#paths.length - 1;
  }
  enter(index: number): void {
    if (index === this.#present) return;
    this.#start ??= open('.', O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fchdir(this.#start);
    for (const path of this.#paths[index]!) {
      try {
        chdir(path);
      } catch (thrown) {
        if (!(thrown instanceof SysError)) throw thrown;
        fatal(`${quote(path)}: Cannot open: ${thrown.message}`);
      }
    }
    this.#present = index;
  }
}
