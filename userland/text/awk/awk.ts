/**
 * awk(1): POSIX, with what gawk and mawk add and people use (regular expressions as RS, gensub, nextfile, delete of
 * whole arrays, time and bit functions). A program is parsed, its arrays are found, and it becomes closures.
 */
import { O_RDONLY } from '../../libc/fcntl.ts';
import { isUtf8Locale } from '../../libc/fnmatch.ts';
import { SysError } from '../../libc/native.ts';
import { readText, stderr, stdout } from '../../libc/stdio.ts';
import { fail, programName } from '../../libc/stdlib.ts';
import { close, open } from '../../libc/unistd.ts';
import { AwkSyntaxError } from './ast.ts';
import { unescape } from './lexer.ts';
import { parseProgram } from './parser.ts';
import { ExitProgram, NextFile, NextRecord, Runtime, SPECIAL, type SpecialName } from './runtime.ts';
import { Names } from './scope.ts';
import { type CompiledProgram, ProgramCompiler } from './statements.ts';
import { numberOf, StrNum, type Value } from './value.ts';

const USAGE = `Usage: awk [-F fs] [-v var=value] [prog | -f progfile] [file ...]\n`;

interface Invocation {
  readonly source: string;
  readonly assignments: readonly string[];
  readonly separator: string | undefined;
  readonly operands: readonly string[];
}

function parseArguments(argv: readonly string[]): Invocation | undefined {
  const sources: string[] = [];
  const assignments: string[] = [];
  let separator: string | undefined;
  let i = 1;
  for (; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--') {
      i++;
      break;
    }
    if (!word.startsWith('-') || word === '-') break;
    const letter = word[1]!;
    if (word.startsWith('--')) {
      if (word === '--version' || word === '--help') {
        stdout.write(word === '--help' ? USAGE : 'awk (Lodger) 0.1.0\n');
        return undefined;
      }
      continue;
    }
    if (!'fvFW'.includes(letter)) {
      stderr.write(`${programName}: not an option: ${word}\n`);
      return fail(2, USAGE.trimEnd());
    }
    const value = word.length > 2 ? word.slice(2) : argv[++i];
    if (value === undefined) return fail(2, `option requires an argument -- ${letter}`);
    if (letter === 'f') sources.push(readProgram(value));
    if (letter === 'v') assignments.push(value);
    if (letter === 'F') separator = value;
  }
  const operands = argv.slice(i);
  if (sources.length === 0) {
    const source = operands.shift();
    if (source === undefined) {
      stderr.write(USAGE);
      return fail(2, 'no program');
    }
    sources.push(source);
  }
  return { source: sources.join('\n'), assignments, separator, operands };
}

function readProgram(name: string): string {
  try {
    const fd = name === '-' || name === '/dev/stdin' ? 0 : open(name, O_RDONLY);
    const text = readText(fd);
    if (fd !== 0) close(fd);
    return text;
  } catch (error) {
    if (error instanceof SysError) return fail(2, `cannot open ${name} (${error.message})`);
    throw error;
  }
}

export function awk(argv: string[]): number {
  const invocation = parseArguments(argv);
  if (!invocation) return 0;
  const runtime = new Runtime(isUtf8Locale());
  let compiled: CompiledProgram;
  let names: Names;
  try {
    const program = parseProgram(invocation.source);
    names = new Names(program, ['ARGV', 'ENVIRON']);
    runtime.arrays[names.arraySlot('ENVIRON')] = runtime.environment();
    runtime.argv = new Map(['awk', ...invocation.operands].map((text, n) => [String(n), new StrNum(text)]));
    runtime.arrays[names.arraySlot('ARGV')] = runtime.argv;
    compiled = ProgramCompiler.compile(program, runtime, names);
  } catch (error) {
    if (error instanceof AwkSyntaxError) return fail(2, error.message);
    throw error;
  }
  const argc = names.scalarSlot('ARGC');
  runtime.globals[argc] = invocation.operands.length + 1;
  runtime.argc = () => numberOf(runtime.globals[argc]);
  runtime.assign = (name: string, value: Value): void => {
    if ((SPECIAL as readonly string[]).includes(name)) runtime.setSpecial(name as SpecialName, value);
    else runtime.globals[names.scalarSlot(name)] = value;
  };
  for (const assignment of invocation.assignments) {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=([^]*)$/.exec(assignment);
    if (!match) return fail(2, `improper assignment: -v ${assignment}`);
    runtime.assign(match[1]!, new StrNum(unescape(match[2]!)));
  }
  if (invocation.separator !== undefined) {
    runtime.setSpecial('FS', invocation.separator === 't' ? '\t' : unescape(invocation.separator));
  }
  run(compiled, runtime);
  runtime.streams.closeAll();
  return runtime.exitStatus || runtime.status;
}

/** BEGIN, the records, END. exit leaves the first two for END, and END for good. */
function run(program: CompiledProgram, runtime: Runtime): void {
  try {
    for (const action of program.begin) action();
    if (program.main.length > 0 || program.end.length > 0) readRecords(program.main, runtime);
  } catch (error) {
    if (!(error instanceof ExitProgram)) throw error;
  }
  try {
    for (const action of program.end) action();
  } catch (error) {
    if (!(error instanceof ExitProgram)) throw error;
  }
}

function readRecords(rules: readonly (() => void)[], runtime: Runtime): void {
  for (;;) {
    const record = runtime.readMain();
    if (record === undefined) return;
    runtime.fields.setRecord(record);
    try {
      for (const rule of rules) rule();
    } catch (error) {
      if (error instanceof NextFile) runtime.skipFile();
      else if (!(error instanceof NextRecord)) throw error;
    }
  }
}
