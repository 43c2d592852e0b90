/** What a running awk program works with: special variables, the record, the main input, open streams. */
import { O_RDONLY } from '../../libc/fcntl.ts';
import { SysError } from '../../libc/native.ts';
import { Regex, RegexError } from '../../libc/regex.ts';
import { env, fail, warn } from '../../libc/stdlib.ts';
import { close, open } from '../../libc/unistd.ts';
import { Fields, splitterFor } from './fields.ts';
import { numberText, sprintf } from './format.ts';
import { unescape } from './lexer.ts';
import { RecordReader, type Separator } from './records.ts';
import { Streams } from './streams.ts';
import { type AwkArray, numberOf, StrNum, type Value } from './value.ts';

/** Names whose assignment does something. */
export const SPECIAL = [
  'NF',
  'NR',
  'FNR',
  'FS',
  'RS',
  'OFS',
  'ORS',
  'SUBSEP',
  'CONVFMT',
  'OFMT',
  'FILENAME',
  'RSTART',
  'RLENGTH',
] as const;
export type SpecialName = (typeof SPECIAL)[number];

export class ExitProgram {}
export class NextRecord {}
export class NextFile {}

export class Runtime {
  readonly fields = new Fields();
  readonly streams = new Streams();
  readonly isUtf8: boolean;
  readonly globals: Value[] = [];
  readonly arrays: AwkArray[] = [];
  /** Variables of the function that runs. */
  frame: (Value | AwkArray)[] = [];
  recordNumber = 0;
  fileRecordNumber = 0;
  fs: Value = ' ';
  rs: Value = '\n';
  ors = '\n';
  subsep = '\x1c';
  convfmt = '%.6g';
  ofmt = '%.6g';
  fileName: Value = '';
  rstart = 0;
  rlength = -1;
  exitStatus = 0;
  status = 0;
  /** ARGV, and how a command line assignment reaches a variable. */
  argv: AwkArray = new Map();
  argc: () => number = () => 0;
  assign: (name: string, value: Value) => void = () => {};
  private separator: Separator = { kind: 'char', char: '\n' };
  private readonly regexes = new Map<string, Regex>();
  private reader: RecordReader | undefined;
  private nextArgument = 1;
  private hasUsedFile = false;

  constructor(isUtf8: boolean) {
    this.isUtf8 = isUtf8;
  }

  /** Strings of values; numbers by CONVFMT. */
  readonly text = (value: Value): string => {
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return numberText(value, this.convfmt);
    return value === undefined ? '' : value.text;
  };
  outputText(value: Value): string {
    return typeof value === 'number' ? numberText(value, this.ofmt) : this.text(value);
  }
  sprintf(format: string, args: readonly Value[]): string {
    return sprintf(format, args, this.text, this.isUtf8);
  }

  regex(source: string): Regex {
    const known = this.regexes.get(source);
    if (known) return known;
    if (this.regexes.size > 500) this.regexes.clear();
    try {
      const regex = new Regex(source, { isExtended: true, isUtf8: this.isUtf8, dialect: 'awk' });
      this.regexes.set(source, regex);
      return regex;
    } catch (error) {
      if (error instanceof RegexError)
        return fail(2, `regular expression compile failed (${error.message})\n${source}`);
      throw error;
    }
  }

  getSpecial(name: SpecialName): Value {
    switch (name) {
      case 'NF':
        return this.fields.count;
      case 'NR':
        return this.recordNumber;
      case 'FNR':
        return this.fileRecordNumber;
      case 'FS':
        return this.fs;
      case 'RS':
        return this.rs;
      case 'OFS':
        return this.fields.outputSeparator;
      case 'ORS':
        return this.ors;
      case 'SUBSEP':
        return this.subsep;
      case 'CONVFMT':
        return this.convfmt;
      case 'OFMT':
        return this.ofmt;
      case 'FILENAME':
        return this.fileName;
      case 'RSTART':
        return this.rstart;
      case 'RLENGTH':
        return this.rlength;
    }
  }

  setSpecial(name: SpecialName, value: Value): void {
    switch (name) {
      case 'NF':
        this.fields.count = Math.max(0, Math.trunc(numberOf(value)));
        return;
      case 'NR':
        this.recordNumber = numberOf(value);
        return;
      case 'FNR':
        this.fileRecordNumber = numberOf(value);
        return;
      case 'FS':
        this.fs = value;
        this.updateSplitter();
        return;
      case 'RS':
        this.rs = value;
        this.updateSeparator();
        return;
      case 'OFS':
        // A record that waits to be joined is joined with the separator of its time.
        this.fields.get(0);
        this.fields.outputSeparator = this.text(value);
        return;
      case 'ORS':
        this.ors = this.text(value);
        return;
      case 'SUBSEP':
        this.subsep = this.text(value);
        return;
      case 'CONVFMT':
        this.convfmt = this.text(value);
        return;
      case 'OFMT':
        this.ofmt = this.text(value);
        return;
      case 'FILENAME':
        this.fileName = value;
        return;
      case 'RSTART':
        this.rstart = numberOf(value);
        return;
      case 'RLENGTH':
        this.rlength = numberOf(value);
    }
  }

  private updateSplitter(): void {
    const fs = this.text(this.fs);
    const splitter = splitterFor(fs, source => this.regex(source), this.isUtf8);
    // Between paragraphs' lines a newline separates fields, whatever FS is.
    this.fields.nextSplitter =
      this.separator.kind === 'paragraph' && fs !== ' '
        ? text => text.split('\n').flatMap(line => (line === '' ? [''] : splitter(line)))
        : splitter;
  }

  private updateSeparator(): void {
    const rs = this.text(this.rs);
    if (rs === '') this.separator = { kind: 'paragraph' };
    else if (rs.length === 1) this.separator = { kind: 'char', char: rs };
    else this.separator = { kind: 'regex', regex: this.regex(rs) };
    this.updateSplitter();
  }

  readFrom(reader: RecordReader): string | undefined {
    return reader.next(this.separator);
  }

  /** The next record of the files in ARGV; undefined at the end. Counts it. */
  readMain(): string | undefined {
    for (;;) {
      if (!this.reader && !this.openNext()) return undefined;
      let record: string | undefined;
      try {
        record = this.reader!.next(this.separator);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        warn(`read failure on ${this.text(this.fileName)}: ${error.message}`);
        this.status = 2;
      }
      if (record === undefined) {
        this.skipFile();
        continue;
      }
      this.recordNumber++;
      this.fileRecordNumber++;
      return record;
    }
  }

  skipFile(): void {
    if (this.reader && this.reader.fd !== 0) close(this.reader.fd);
    this.reader?.close();
    this.reader = undefined;
  }

  private openNext(): boolean {
    while (this.nextArgument < this.argc()) {
      const argument = this.argv.get(String(this.nextArgument++));
      const name = argument === undefined ? '' : this.text(argument);
      if (name === '') continue;
      const assignment = /^([A-Za-z_][A-Za-z0-9_]*)=([^]*)$/.exec(name);
      if (assignment) {
        this.assign(assignment[1]!, new StrNum(unescape(assignment[2]!)));
        continue;
      }
      this.hasUsedFile = true;
      try {
        this.reader = new RecordReader(name === '-' || name === '/dev/stdin' ? 0 : open(name, O_RDONLY));
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        warn(`cannot open ${name} (${error.message})`);
        this.status = 2;
        continue;
      }
      this.fileName = name;
      this.fileRecordNumber = 0;
      return true;
    }
    if (this.hasUsedFile) return false;
    this.hasUsedFile = true;
    this.reader = new RecordReader(0);
    return true;
  }

  environment(): AwkArray {
    return new Map([...env].map(([name, value]) => [name, new StrNum(value)]));
  }
}
