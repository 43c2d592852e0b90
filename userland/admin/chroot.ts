/** chroot(1) of GNU coreutils: runs a command, or a shell, with another root directory. */
import { parse, usageError } from '../libc/getopt.ts';
import { groupByName, userByName } from '../libc/pwd.ts';
import { SysError } from '../libc/native.ts';
import { env, fail } from '../libc/stdlib.ts';
import { chdir, chroot as changeRoot, setgid, setgroups, setuid } from '../libc/unistd.ts';
import { runCommand } from '../coreutils/env.ts';
import { quote } from '../coreutils/lib/quote.ts';

const FAILED = 125;

const usage = `Usage: chroot [OPTION] NEWROOT [COMMAND [ARG]...]
  or:  chroot OPTION
Run COMMAND with root directory set to NEWROOT.

      --groups=G_LIST        specify supplementary groups as g1,g2,..,gN
      --userspec=USER:GROUP  specify user and group (ID or name) to use
      --skip-chdir           do not change working directory to '/'
      --help        display this help and exit
      --version     output version information and exit

If no command is given, run '"$SHELL" -i' (default: '/bin/sh -i').
`;

function idOf(word: string, lookup: (name: string) => number | undefined, what: string): number {
  const id = lookup(word) ?? (/^\d+$/.test(word) ? Number(word) : undefined);
  return id ?? fail(FAILED, `invalid ${what}`);
}

export function chroot(argv: string[]): number {
  const found = parse(argv, {
    short: '+',
    long: { groups: 'groups:', userspec: 'userspec:', 'skip-chdir': 'skip-chdir' },
    usage,
    failure: FAILED,
  });
  const [root, ...command] = found.operands;
  if (root === undefined) return usageError(argv[0]!, 'missing operand', FAILED);
  // Names are those of the outer system's /etc/passwd.
  const [userWord = '', groupWord] = (found.value('userspec') ?? '').split(':');
  const user = userWord === '' ? undefined : idOf(userWord, name => userByName(name)?.uid, 'user');
  const group =
    groupWord === undefined || groupWord === ''
      ? userByName(userWord)?.gid
      : idOf(groupWord, name => groupByName(name)?.gid, 'group');
  const list = found.value('groups');
  const groups = list
    ?.split(',')
    .filter(word => word !== '')
    .map(word => idOf(word, name => groupByName(name)?.gid, 'group'));
  try {
    changeRoot(root);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return fail(FAILED, `cannot change root directory to ${quote(root)}: ${error.message}`);
  }
  if (!found.has('skip-chdir')) chdir('/');
  if (groups) setgroups(groups);
  if (group !== undefined) setgid(group);
  if (user !== undefined) setuid(user);
  const words = command.length > 0 ? command : [env.get('SHELL') ?? '/bin/sh', '-i'];
  return runCommand(words, file => `failed to run command ${quote(file)}`);
}
