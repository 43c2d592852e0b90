/**
 * The state of one shell process, and its small operations. Everything that a subshell inherits is here; `fork` copies
 * it for a child that runs in this heap (vfork), `store` and `restore` carry it to a new process (subshell.ts).
 */
import type { Command } from './ast.ts';
import { ShellError, ShellSyntaxError } from './errors.ts';
import { expandQuoted, type ExpansionEnvironment } from './expand.ts';
import { JobTable } from './jobs.ts';
import { type OptionName, optionLetters } from './options.ts';
import { parserOf } from './parser.ts';
import { textSource } from './source.ts';
import { readHereText } from './word-reader.ts';
import { Traps } from './traps.ts';
import { type StoredVariable, Variables } from './variables.ts';
import { glob } from '../libc/glob.ts';
import type { Termios } from '../libc/termios.ts';
import { userByName } from '../libc/pwd.ts';
import { EINTR } from '../../kernel/abi/errno.ts';
import { SysError } from '../libc/native.ts';
import { getpid, write } from '../libc/unistd.ts';

/** break, continue, return: how many levels to leave still. */
export interface Skip {
  readonly kind: 'break' | 'continue' | 'return';
  readonly levels: number;
}

/** How commands are run: handed to the shell when it is made, so that built-ins and expansion need not know. */
export interface Engine {
  /** Runs a command; its exit status, which is also in `status`. */
  execute(shell: Shell, command: Command, flags: number): number;
  /** Parses and runs a text in this shell. */
  runText(shell: Shell, text: string): number;
  /** The output of a command. */
  substitute(shell: Shell, body: Command | undefined): string;
}

/** Execution flag: this is the last thing that the process does, so a program may take its place. */
export const EXIT = 1;
/** Execution flag: a failure is looked at by somebody, so -e does not count (condition, left side of &&, !). */
export const TESTED = 2;

/** The state that a subshell in a process of its own gets from its parent. */
export interface StoredState {
  readonly name: string;
  readonly pid: number;
  readonly positional: readonly string[];
  readonly variables: readonly StoredVariable[];
  readonly functions: readonly (readonly [string, Command])[];
  readonly aliases: readonly (readonly [string, string])[];
  readonly options: readonly OptionName[];
  readonly status: number;
  readonly background: number | null;
  readonly line: number;
  readonly loopDepth: number;
  readonly functionDepth: number;
  readonly traps: readonly (readonly [number, string])[];
  readonly optionIndex: number;
}

export class Shell implements ExpansionEnvironment {
  /** $0 */
  name = 'sh';
  /** $$: the main shell's pid, also in subshells. */
  pid = 0;
  positional: readonly string[] = [];
  variables = new Variables();
  functions = new Map<string, Command>();
  aliases = new Map<string, string>();
  options = new Set<OptionName>();
  /** $? */
  status = 0;
  /** $! */
  background: number | undefined;
  /** Line of the command that runs. */
  line = 1;
  skip: Skip | undefined;
  loopDepth = 0;
  functionDepth = 0;
  /** Depth of `.` scripts: `return` ends those too. */
  sourceDepth = 0;
  isSubshell = false;
  /** Exit status of the last command substitution, for a command that is only assignments. */
  substitutionStatus: number | undefined;
  /** Where the output of built-ins goes in a command substitution that runs in this process. */
  capture: string[] | undefined;
  jobs = new JobTable();
  traps = new Traps();
  /** Remembered locations of commands. */
  locations = new Map<string, string>();
  /** getopts: the position inside a cluster of options. */
  optionOffset = 0;
  /** Lines read by the line editor. */
  history: string[] = [];
  /** With job control: the terminal, and the shell's own process group. */
  terminal: { readonly fd: number; readonly pgid: number; settings: Termios } | undefined;
  /** The process group to give the terminal back to. */
  originalGroup = 0;
  /** The simple command that runs, for the text of its job. */
  command: Command | undefined;
  /** 'eval' or the name of the file that `.` runs. */
  textName: string | undefined;
  /** `exit` has said that there are stopped jobs. */
  isWarnedOfJobs = false;
  /** `exec` with redirections only: they stay. */
  keepsRedirects = false;
  /** Flags under which the built-in that runs was called. */
  commandFlags = 0;
  readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
    this.watchVariables();
  }

  /** A copy for a child process that goes on in this heap. */
  fork(): Shell {
    const child = new Shell(this.engine);
    child.name = this.name;
    child.pid = this.pid;
    child.positional = this.positional;
    child.variables = this.variables.copy();
    child.watchVariables();
    child.functions = new Map(this.functions);
    child.aliases = new Map(this.aliases);
    child.options = new Set(this.options);
    child.options.delete('interactive');
    child.options.delete('monitor');
    child.status = this.status;
    child.background = this.background;
    child.line = this.line;
    child.loopDepth = this.loopDepth;
    child.functionDepth = this.functionDepth;
    child.sourceDepth = this.sourceDepth;
    child.isSubshell = true;
    child.capture = this.capture;
    child.locations = new Map(this.locations);
    child.optionOffset = this.optionOffset;
    child.history = this.history;
    return child;
  }

  store(): StoredState {
    return {
      name: this.name,
      pid: this.pid,
      positional: this.positional,
      variables: this.variables.store(),
      functions: [...this.functions],
      aliases: [...this.aliases],
      options: [...this.options].filter(name => name !== 'interactive' && name !== 'monitor'),
      status: this.status,
      background: this.background ?? null,
      line: this.line,
      loopDepth: this.loopDepth,
      functionDepth: this.functionDepth,
      traps: [...(this.traps.inherited ?? this.traps.actions)],
      optionIndex: this.optionOffset,
    };
  }

  restore(state: StoredState): void {
    this.name = state.name;
    this.pid = state.pid;
    this.positional = state.positional;
    this.variables.restore(state.variables);
    this.functions = new Map(state.functions);
    this.aliases = new Map(state.aliases);
    this.options = new Set(state.options);
    this.status = state.status;
    this.background = state.background ?? undefined;
    this.line = state.line;
    this.loopDepth = state.loopDepth;
    this.functionDepth = state.functionDepth;
    this.optionOffset = state.optionIndex;
    this.isSubshell = true;
    for (const [signo, action] of state.traps) if (action === '') this.traps.actions.set(signo, action);
    this.traps.inherited = new Map(state.traps);
  }

  get isInteractive(): boolean {
    return this.options.has('interactive');
  }

  // What expansion needs.

  get isUtf8(): boolean {
    const { variables } = this;
    const locale = variables.get('LC_ALL') || variables.get('LC_CTYPE') || variables.get('LANG') || '';
    return /utf-?8/i.test(locale);
  }

  lookup(name: string): string | undefined {
    switch (name) {
      case '#':
        return String(this.positional.length);
      case '?':
        return String(this.status);
      case '$':
        return String(this.pid);
      case '!':
        return this.background === undefined ? undefined : String(this.background);
      case '-':
        return optionLetters(this.options);
      case '0':
        return this.name;
      case 'LINENO':
        return this.variables.find(name) ? String(this.line) : undefined;
      default:
        if (name.charCodeAt(0) <= 57) return this.positional[Number(name) - 1];
        return this.variables.get(name);
    }
  }

  assign(name: string, value: string): void {
    this.variables.set(name, value, this.options.has('allexport'));
  }

  hasOption(name: OptionName): boolean {
    return this.options.has(name);
  }

  substitute(body: Command | undefined): string {
    return this.engine.substitute(this, body);
  }

  homeDirectory(user: string): string | undefined {
    return user === '' ? this.variables.get('HOME') : userByName(user)?.home;
  }

  glob(pattern: string): string[] {
    return glob(pattern, this.isUtf8);
  }

  /** Parameter, command and arithmetic expansion of PS1, PS2, PS4. */
  expandPrompt(text: string): string {
    if (!/[$`\\]/.test(text)) return text;
    try {
      return expandQuoted(this, readHereText(parserOf(textSource(text), this.aliases).lexer));
    } catch (error) {
      if (error instanceof ShellError || error instanceof ShellSyntaxError) return text;
      throw error;
    }
  }

  // Output.

  /** Output of a built-in: into the command substitution that runs in this process, or to descriptor 1. */
  print(text: string): void {
    if (text === '') return;
    if (this.capture) this.capture.push(text);
    else writeFully(1, text);
  }

  /** -x: shows a command after its expansion. */
  trace(assigned: readonly string[], args: readonly string[]): void {
    if (!this.options.has('xtrace') || assigned.length + args.length === 0) return;
    this.say(`${this.expandPrompt(this.variables.get('PS4') ?? '')}${[...assigned, ...args].join(' ')}\n`);
  }

  /** Writes to standard error; that it may fail is nobody's concern. */
  say(text: string): void {
    try {
      writeFully(2, text);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
  }

  /** «sh: 1: message» on standard error, with «eval» or the file's name before it inside `eval` and `.`. */
  complain(message: string): void {
    this.complainAs(this.textName, message);
  }

  /** «sh: 1: name: message»: an error of a built-in. */
  complainAs(name: string | undefined, message: string): void {
    this.say(`${this.name}: ${this.line}: ${name === undefined ? '' : `${name}: `}${message}\n`);
  }

  /** Reports an error that ends a command and gives its exit status. */
  report(error: ShellError): number {
    if (error.message !== '' && !error.isReported) this.complain(error.message);
    error.isReported = true;
    return error.status;
  }

  /** $$ of the main shell. */
  takePid(): void {
    this.pid = getpid();
  }

  private watchVariables(): void {
    this.variables.onChange = name => {
      if (name === 'PATH') this.locations.clear();
      else if (name === 'OPTIND') this.optionOffset = 0;
    };
  }
}

/** Writes everything, also when signals come in between. */
export function writeFully(fd: number, text: string): void {
  for (let done = 0; done < text.length;) {
    try {
      done += write(fd, done === 0 ? text : text.slice(done));
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== EINTR) throw error;
    }
  }
}
