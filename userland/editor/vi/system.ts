/** What the editor needs of the world: files and programs. Real in vi.ts, pretended in tests. Errors are SysErrors. */

export interface OpenedFile {
  readonly text: string;
  readonly isReadOnly: boolean;
}

export interface System {
  /** Undefined if there is no such file. */
  readFile(path: string): OpenedFile | undefined;
  exists(path: string): boolean;
  writeFile(path: string, text: string, mode: 'replace' | 'append'): void;
  /** Runs a shell command with some input and gives all its output. */
  filter(command: string, input: string): { output: string; status: number };
  /** Runs a shell command (undefined: a shell) on the terminal and waits for the enter key after it. */
  runShell(command: string | undefined, input?: string): void;
  changeDirectory(path: string): void;
  currentDirectory(): string;
}
