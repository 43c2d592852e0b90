/** Runs a sed script: the cycle of read, execute, print, with pattern space, hold space and the append queue. */
import { pollMemory } from '../../libc/native.ts';
import { O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } from '../../libc/fcntl.ts';
import { SysError } from '../../libc/native.ts';
import { spawn, waitpid } from '../../libc/process.ts';
import type { Regex } from '../../libc/regex.ts';
import { characters } from '../../libc/regex/utf8.ts';
import { LineReader, readText } from '../../libc/stdio.ts';
import { close, open, pipe2 } from '../../libc/unistd.ts';
import { Input, type InputOptions } from './input.ts';
import { escapeLine } from './list.ts';
import { Output } from './output.ts';
import { type Address, type Command, type Script, ScriptError } from './script.ts';
import { substitute } from './substitute.ts';

export interface RunOptions extends InputOptions {
  readonly isQuiet: boolean;
  readonly lineLength: number;
  readonly isUtf8: boolean;
  readonly isPosix: boolean;
}

type Queued =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'line'; readonly text: string };

export class SedMachine {
  private readonly commands: readonly Command[];
  private readonly options: RunOptions;
  private readonly stdout = new Output(1);
  private readonly input: Input;
  private readonly files = new Map<string, Output>();
  private readonly readers = new Map<string, LineReader | undefined>();
  private queue: Queued[] = [];
  private pattern = '';
  private hold = '';
  /** The delimiter that the current line ended with, '' for a last line without. */
  private end: string;
  private holdEnd: string;
  private lastRegex: Regex | undefined;
  private hasSubstituted = false;
  private exitStatus = 0;

  constructor(script: Script, files: readonly string[], options: RunOptions) {
    this.commands = script.commands;
    this.options = options;
    this.end = options.delimiter;
    this.holdEnd = options.delimiter;
    this.input = new Input(files, options, this.stdout);
    if (options.isUnbuffered) this.stdout.setUnbuffered();
    for (const command of script.commands) {
      if (command.name === 'w' || command.name === 'W') this.outputFile(command.text);
      if (command.substitution?.file !== undefined) this.outputFile(command.substitution.file);
    }
  }

  run(): number {
    let isRestarted = false;
    while (isRestarted || this.readLine()) {
      const outcome = this.execute();
      isRestarted = outcome === 'restart';
      if (outcome === 'quit') break;
      if (outcome === 'print' || outcome === 'quit-print') this.printPattern();
      this.flushQueue();
      if (outcome === 'quit-print') break;
    }
    this.flushQueue();
    this.input.finishInPlace();
    this.stdout.flush();
    for (const file of this.files.values()) file.flush();
    return this.exitStatus || this.input.status;
  }

  private outputFile(name: string): Output {
    if (name === '/dev/stdout') return this.stdout;
    const known = this.files.get(name);
    if (known) return known;
    try {
      const made =
        name === '/dev/stderr' ? new Output(2) : new Output(open(name, O_WRONLY | O_CREAT | O_TRUNC));
      this.files.set(name, made);
      return made;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      throw new ScriptError(`couldn't open file ${name}: ${error.message}`, 4);
    }
  }

  private writeTo(name: string, text: string, end: string): void {
    const file = name === '/dev/stdout' ? this.input.output : this.outputFile(name);
    file.line(text, end);
    if (file !== this.input.output) file.flush();
  }

  private readLine(): boolean {
    const line = this.input.read();
    if (!line) return false;
    this.pattern = line.text;
    this.end = line.hadDelimiter ? this.options.delimiter : '';
    this.hasSubstituted = false;
    return true;
  }

  private printPattern(): void {
    if (!this.options.isQuiet) this.input.output.line(this.pattern, this.end);
  }

  private flushQueue(): void {
    if (this.queue.length === 0) return;
    const { queue } = this;
    this.queue = [];
    for (const item of queue) {
      if (item.kind === 'text') this.input.output.text(item.text);
      else if (item.kind === 'line') this.input.output.line(item.text, this.options.delimiter);
      else {
        const text = readWhole(item.name);
        if (text) this.input.output.text(text);
      }
    }
  }

  private useRegex(regex: Regex | undefined): Regex {
    const used = regex ?? this.lastRegex;
    if (!used) throw new ScriptError('-e expression #1, char 0: no previous regular expression');
    this.lastRegex = used;
    return used;
  }

  private matchesAddress(address: Address): boolean {
    switch (address.kind) {
      case 'line':
        return this.input.lineNumber === address.line;
      case 'last':
        return this.input.isLast();
      case 'regex':
        return this.useRegex(address.regex).test(this.pattern);
      case 'step': {
        const { lineNumber } = this.input;
        if (address.step <= 0) return lineNumber === address.first;
        return lineNumber >= address.first && (lineNumber - address.first) % address.step === 0;
      }
      default:
        return false;
    }
  }

  private isSelected(command: Command): boolean {
    const { first, second } = command;
    if (!first) return true;
    if (!second) return this.matchesAddress(first);
    const { lineNumber } = this.input;
    if (command.range !== 'active') {
      if (command.range === 'closed' && first.kind === 'line') {
        // A line number cannot come again, unless files are separate.
        if (lineNumber !== first.line) return false;
      }
      if (!this.matchesAddress(first)) return false;
      if (second.kind === 'line') command.rangeEnd = second.line;
      else if (second.kind === 'count') command.rangeEnd = lineNumber + second.count;
      else if (second.kind === 'multiple') {
        command.rangeEnd = second.of <= 0 ? 0 : Math.ceil(lineNumber / second.of) * second.of;
      } else {
        command.range = 'active';
        return true;
      }
      if (command.rangeEnd > lineNumber) command.range = 'active';
      return true;
    }
    if (second.kind === 'line' || second.kind === 'count' || second.kind === 'multiple') {
      if (lineNumber >= command.rangeEnd) command.range = 'closed';
      return lineNumber <= command.rangeEnd;
    }
    if (this.matchesAddress(second)) command.range = 'closed';
    return true;
  }

  /** One cycle's commands. */
  private execute(): 'print' | 'delete' | 'restart' | 'quit' | 'quit-print' {
    const { commands, options } = this;
    for (let i = 0; i < commands.length; i++) {
      const command = commands[i]!;
      if (this.isSelected(command) === command.isNegated) {
        if (command.name === '{') i = command.target;
        continue;
      }
      switch (command.name) {
        case '=':
          this.input.output.text(`${this.input.lineNumber}\n`);
          break;
        case 'a':
          this.queue.push({ kind: 'text', text: command.text });
          break;
        case 'b':
          pollMemory();
          i = command.target;
          break;
        case 'c':
          if (!command.second || command.isNegated || command.range !== 'active')
            this.input.output.text(command.text);
          return 'delete';
        case 'd':
          return 'delete';
        case 'D': {
          const newline = this.pattern.indexOf('\n');
          if (newline < 0) return 'delete';
          this.pattern = this.pattern.slice(newline + 1);
          return 'restart';
        }
        case 'e':
          this.evaluate(command.text);
          break;
        case 'F':
          this.input.output.text(`${this.input.name}\n`);
          break;
        case 'g':
          this.pattern = this.hold;
          this.end = this.holdEnd;
          break;
        case 'G':
          this.pattern += `\n${this.hold}`;
          this.end = this.holdEnd;
          break;
        case 'h':
          this.hold = this.pattern;
          this.holdEnd = this.end;
          break;
        case 'H':
          this.hold += `\n${this.pattern}`;
          this.holdEnd = this.end;
          break;
        case 'i':
          this.input.output.text(command.text);
          break;
        case 'l':
          this.input.output.text(
            escapeLine(this.pattern, Number.isNaN(command.number) ? options.lineLength : command.number),
          );
          break;
        case 'n':
          if (this.input.isAtEnd()) {
            if (options.isPosix) return 'quit';
            return 'quit-print';
          }
          this.printPattern();
          this.flushQueue();
          if (!this.readLine()) return 'quit';
          break;
        case 'N': {
          if (this.input.isAtEnd()) return options.isPosix ? 'quit' : 'quit-print';
          this.flushQueue();
          const before = this.pattern;
          const hadSubstituted = this.hasSubstituted;
          if (!this.readLine()) return 'quit';
          this.pattern = `${before}${options.delimiter}${this.pattern}`;
          this.hasSubstituted = hadSubstituted;
          break;
        }
        case 'p':
          this.input.output.line(this.pattern, this.end);
          break;
        case 'P': {
          const newline = this.pattern.indexOf(options.delimiter);
          if (newline < 0) this.input.output.line(this.pattern, this.end);
          else this.input.output.line(this.pattern.slice(0, newline), options.delimiter);
          break;
        }
        case 'q':
          this.exitStatus = command.number || 0;
          return 'quit-print';
        case 'Q':
          this.exitStatus = command.number || 0;
          return 'quit';
        case 'r':
          this.queue.push({ kind: 'file', name: command.text });
          break;
        case 'R': {
          const line = this.lineOf(command.text);
          if (line !== undefined) this.queue.push({ kind: 'line', text: line });
          break;
        }
        case 's':
          this.substitute(command);
          break;
        case 't':
          if (this.hasSubstituted) {
            this.hasSubstituted = false;
            pollMemory();
            i = command.target;
          }
          break;
        case 'T':
          if (this.hasSubstituted) this.hasSubstituted = false;
          else i = command.target;
          break;
        case 'w':
          this.writeTo(command.text, this.pattern, this.end);
          break;
        case 'W': {
          const newline = this.pattern.indexOf('\n');
          this.writeTo(
            command.text,
            newline < 0 ? this.pattern : this.pattern.slice(0, newline),
            newline < 0 ? this.end : '\n',
          );
          break;
        }
        case 'x': {
          const { pattern, end } = this;
          this.pattern = this.hold;
          this.end = this.holdEnd;
          this.hold = pattern;
          this.holdEnd = end;
          break;
        }
        case 'y':
          this.transliterate(command.map!);
          break;
        case 'z':
          this.pattern = '';
          break;
        default: // { } : v
      }
    }
    return 'print';
  }

  private substitute(command: Command): void {
    const s = command.substitution!;
    const result = substitute(this.pattern, this.useRegex(s.regex), s);
    if (result === undefined) return;
    this.pattern = result;
    this.hasSubstituted = true;
    if (s.isEvaluated) this.evaluate('');
    if (s.isPrinted) this.input.output.line(this.pattern, this.end);
    if (s.file !== undefined) this.writeTo(s.file, this.pattern, this.end);
  }

  private transliterate(map: ReadonlyMap<string, string>): void {
    const chars = this.options.isUtf8 ? characters(this.pattern) : Array.from(this.pattern);
    this.pattern = chars.map(char => map.get(char) ?? char).join('');
  }

  /** e: runs a command and prints what it says, or runs the pattern space and takes what it says. */
  private evaluate(command: string): void {
    this.input.output.flush();
    const [from, to] = pipe2();
    const pid = spawn('/bin/sh', ['sh', '-c', command === '' ? this.pattern : command], {
      fds: [[1, to]],
      close: [from, to],
    });
    close(to);
    const text = readText(from);
    close(from);
    waitpid(pid);
    if (command !== '') this.input.output.text(text);
    else this.pattern = text.endsWith(this.options.delimiter) ? text.slice(0, -1) : text;
  }

  private lineOf(name: string): string | undefined {
    if (!this.readers.has(name)) {
      let reader: LineReader | undefined;
      try {
        reader = new LineReader(name === '/dev/stdin' ? 0 : open(name, O_RDONLY), {
          delimiter: this.options.delimiter,
        });
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
      }
      this.readers.set(name, reader);
    }
    return this.readers.get(name)?.next();
  }
}

/** A file's contents for r; one that cannot be read is empty. */
function readWhole(name: string): string {
  try {
    const fd = name === '/dev/stdin' ? 0 : open(name, O_RDONLY);
    const text = readText(fd);
    if (fd !== 0) close(fd);
    return text;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return '';
  }
}
