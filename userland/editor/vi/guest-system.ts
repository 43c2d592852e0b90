/** The editor's System on a guest: files by system calls, programs by the shell. */
import { O_APPEND, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } from '../../libc/fcntl.ts';
import { SysError } from '../../libc/native.ts';
import { run } from '../../libc/process.ts';
import { getenv } from '../../libc/stdlib.ts';
import { S_ISDIR, fstat, tryStat } from '../../libc/stat.ts';
import { readText } from '../../libc/stdio.ts';
import {
  SEEK_SET,
  W_OK,
  access,
  chdir,
  close,
  getcwd,
  lseek,
  memfdCreate,
  open,
  writeAll,
} from '../../libc/unistd.ts';
import { shellStatus } from '../../libc/wait.ts';
import { EISDIR, ENOENT } from '../../../kernel/abi/errno.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { OpenedFile, System } from './system.ts';

export class GuestSystem implements System {
  private readonly terminal: Terminal;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  readFile(path: string): OpenedFile | undefined {
    let fd: number;
    try {
      fd = open(path, O_RDONLY);
    } catch (error) {
      if (error instanceof SysError && error.errno === ENOENT) return undefined;
      throw error;
    }
    try {
      if (S_ISDIR(fstat(fd).mode)) throw new SysError(EISDIR);
      return { text: readText(fd), isReadOnly: !isWritable(path) };
    } finally {
      close(fd);
    }
  }

  exists(path: string): boolean {
    return tryStat(path) !== undefined;
  }

  /** In place: links, owner and mode of the file stay. */
  writeFile(path: string, text: string, mode: 'replace' | 'append'): void {
    const fd = open(path, O_WRONLY | O_CREAT | (mode === 'append' ? O_APPEND : O_TRUNC));
    try {
      writeAll(fd, text);
    } finally {
      close(fd);
    }
  }

  filter(command: string, input: string): { output: string; status: number } {
    const inFd = memfdCreate('vi-input');
    const outFd = memfdCreate('vi-output');
    try {
      writeAll(inFd, input);
      lseek(inFd, 0, SEEK_SET);
      let status = 0;
      this.terminal.lend(() => {
        status = runShell(
          ['-c', command],
          [
            [0, inFd],
            [1, outFd],
            [2, outFd],
          ],
        );
      });
      lseek(outFd, 0, SEEK_SET);
      return { output: readText(outFd), status };
    } finally {
      close(inFd);
      close(outFd);
    }
  }

  runShell(command: string | undefined, input?: string): void {
    const { terminal } = this;
    const inFd = input === undefined ? undefined : memfdCreate('vi-input');
    try {
      if (inFd !== undefined) {
        writeAll(inFd, input!);
        lseek(inFd, 0, SEEK_SET);
      }
      terminal.lend(() => {
        const status = runShell(
          command === undefined ? [] : ['-c', command],
          inFd === undefined ? [] : [[0, inFd]],
        );
        if (command === undefined) return;
        if (status !== 0) terminal.write(`\nshell returned ${status}\n`);
        terminal.write('\nPress ENTER or type command to continue');
        terminal.waitForEnter();
      });
    } finally {
      if (inFd !== undefined) close(inFd);
    }
  }

  changeDirectory(path: string): void {
    chdir(path);
  }
  currentDirectory(): string {
    return getcwd();
  }
}

function isWritable(path: string): boolean {
  try {
    access(path, W_OK);
    return true;
  } catch (error) {
    if (error instanceof SysError) return false;
    throw error;
  }
}

function runShell(args: readonly string[], fds: readonly (readonly [number, number])[]): number {
  const shell = getenv('SHELL') || '/bin/sh';
  try {
    const status = run(shell, [shell, ...args], { fds });
    return shellStatus(status);
  } catch (error) {
    if (error instanceof SysError) return 127;
    throw error;
  }
}
