/** The table of real programs: the shell lines of lines/*.sh and, by and by, tables in TypeScript. */
import { readFileSync } from 'node:fs';
import type { ProgramLine } from './line.ts';
import { parseLines } from './parse-lines.ts';

const SHELL_TABLES = [
  'busybox',
  'shells',
  'coreutils',
  'text',
  'archives',
  'terminals',
  'tools',
  'languages',
  'databases',
  'servers',
  'debuggers',
  'stress',
];

/** `folder`: URL of this folder (this code may run from a bundle somewhere else). */
export function allLines(folder: URL): readonly ProgramLine[] {
  return [
    ...SHELL_TABLES.flatMap(name =>
      parseLines(readFileSync(new URL(`lines/${name}.sh`, folder), 'utf8'), `${name}.sh`),
    ),
  ];
}
