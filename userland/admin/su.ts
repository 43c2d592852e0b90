/** su(1): a shell as another user. Root needs no password; for others there is none that could be right. */
import { SysError } from '../libc/native.ts';
import { UsageError, scan } from '../libc/getopt.ts';
import { groupsOfUser, userByName } from '../libc/pwd.ts';
import { stderr } from '../libc/stdio.ts';
import { env, fail, programName } from '../libc/stdlib.ts';
import { execve } from '../libc/process.ts';
import { chdir, geteuid, setgid, setgroups, setuid } from '../libc/unistd.ts';

const PATHS = {
  root: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  user: '/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games',
};

export function su(argv: string[]): number {
  let found;
  try {
    found = scan(argv, {
      short: '+c:flmps:',
      long: { command: 'c', login: 'l', 'preserve-environment': 'p', shell: 's', fast: 'f' },
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    stderr.write(`${programName}: ${error.message}\nTry 'su --help' for more information.\n`);
    return 1;
  }
  let words = found.operands;
  const isLogin = found.has('l') || words[0] === '-';
  if (words[0] === '-') words = words.slice(1);
  const name = words[0] ?? 'root';
  // Options may follow the user's name: su user -c command.
  const rest = scan(['su', ...words.slice(1)], { short: '+c:s:l', long: { command: 'c', shell: 's' } });
  const user = userByName(name);
  if (!user)
    return fail(1, `user ${name} does not exist or the user entry does not contain all the required fields`);
  const shell =
    found.value('s') ??
    rest.value('s') ??
    (found.has('p', 'm') ? env.get('SHELL') : undefined) ??
    (user.shell || '/bin/sh');
  const command = found.value('c') ?? rest.value('c');
  if (geteuid() !== 0) return fail(1, 'Authentication failure');
  try {
    setgroups(groupsOfUser(user.name));
    setgid(user.gid);
    setuid(user.uid);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return fail(1, `cannot set groups: ${error.message}`);
  }
  const variables = new Map(isLogin ? [['TERM', env.get('TERM') ?? 'linux']] : env);
  if (!found.has('p', 'm')) {
    variables.set('HOME', user.home);
    variables.set('SHELL', shell);
    if (isLogin || user.uid !== 0) {
      variables.set('USER', user.name);
      variables.set('LOGNAME', user.name);
    }
    if (isLogin) variables.set('PATH', user.uid === 0 ? PATHS.root : PATHS.user);
  }
  if (isLogin) {
    try {
      chdir(user.home);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      stderr.write(`${programName}: warning: cannot change directory to ${user.home}: ${error.message}\n`);
    }
  }
  const base = shell.slice(shell.lastIndexOf('/') + 1);
  const shellWords = [
    isLogin ? `-${base}` : base,
    ...(command === undefined ? [] : ['-c', command]),
    ...rest.operands,
  ];
  try {
    return execve(
      shell,
      shellWords,
      [...variables].map(([key, value]) => `${key}=${value}`),
    );
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    stderr.write(`${programName}: failed to execute ${shell}: ${error.message}\n`);
    return error.code === 'ENOENT' ? 127 : 126;
  }
}
