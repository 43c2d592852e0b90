/** All built-ins by name. */
import type { Shell } from '../shell.ts';
import { alias, unalias } from './aliases.ts';
import type { Builtin } from './builtin.ts';
import * as control from './control.ts';
import * as directory from './directory.ts';
import * as jobs from './jobs.ts';
import * as names from './names.ts';
import { echo, printf } from './output.ts';
import { read } from './read.ts';
import { bracket, test } from './test.ts';
import { times, trap, ulimit } from './traps.ts';
import * as variables from './variables.ts';

export const builtins = new Map<string, Builtin>();

/** Set by main.ts: `command name` runs the name as neither function nor special built-in. */
export const commandRunner: { run: (shell: Shell, args: readonly string[]) => number } = { run: () => 127 };

const find: names.BuiltinFinder = name => builtins.get(name);

const table: Readonly<Record<string, Builtin>> = {
  ':': control.colon,
  '.': control.source,
  '[': bracket,
  alias,
  bg: jobs.bg,
  break: control.breakLoop,
  cd: directory.cd,
  command: names.makeCommand(find, (shell, args) => commandRunner.run(shell, args)),
  continue: control.continueLoop,
  echo,
  eval: control.evaluate,
  exec: control.exec,
  exit: control.exit,
  export: variables.exportVariables,
  false: control.failure,
  fg: jobs.fg,
  getopts: variables.getopts,
  hash: names.hash,
  help: names.makeHelp(() => [...builtins.keys()]),
  history: names.history,
  jobs: jobs.jobs,
  kill: jobs.kill,
  local: variables.local,
  printf,
  pwd: directory.pwd,
  read,
  readonly: variables.readonlyVariables,
  return: control.returnFrom,
  set: variables.set,
  shift: variables.shift,
  source: { ...control.source, isSpecial: false },
  test,
  times,
  trap,
  true: control.nothing,
  type: names.makeType(find),
  ulimit,
  umask: directory.umask,
  unalias,
  unset: variables.unset,
  wait: jobs.wait,
};

for (const [name, builtin] of Object.entries(table)) builtins.set(name, builtin);
