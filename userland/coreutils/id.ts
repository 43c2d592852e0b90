/** id(1), whoami(1), groups(1), logname(1), users(1), who(1): who is here, and as whom. */
import { parse, usageError } from '../libc/getopt.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import { groupById, groupsOfUser, userById, userByName } from '../libc/pwd.ts';
import { getegid, geteuid, getgid, getgroups, getuid, ttyname } from '../libc/unistd.ts';
import { stat } from '../libc/stat.ts';
import { localtime, strftime } from '../libc/time.ts';
import { quietly } from './lib/errors.ts';
import { groupName, userName } from './lib/owner.ts';
import { quote } from './lib/quote.ts';

interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly euid: number;
  readonly egid: number;
  readonly groups: readonly number[];
}

function own(): Identity {
  const gid = getgid();
  const egid = getegid();
  return { uid: getuid(), gid, euid: geteuid(), egid, groups: [...new Set([egid, ...getgroups()])] };
}

function ofUser(name: string): Identity | undefined {
  const user = userByName(name) ?? (/^\d+$/.test(name) ? userById(Number(name)) : undefined);
  if (!user) return undefined;
  const { uid, gid } = user;
  return { uid, gid, euid: uid, egid: gid, groups: [...new Set([gid, ...groupsOfUser(user.name)])] };
}

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'agnruzGZ',
    long: { group: 'g', groups: 'G', name: 'n', real: 'r', user: 'u', zero: 'z', context: 'Z' },
    usage: `Usage: id [OPTION]... [USER]...
Print user and group information for each specified USER, or (when USER omitted) for the current process.

  -g, --group    print only the effective group ID
  -G, --groups   print all group IDs
  -n, --name     print a name instead of a number, for -ugG
  -r, --real     print the real ID instead of the effective ID, with -ugG
  -u, --user     print only the effective user ID
  -z, --zero     delimit entries with NUL characters, not whitespace; not permitted in default format
`,
  });
  const kinds = ['u', 'g', 'G'].filter(key => found.has(key));
  if (kinds.length > 1) return fail(1, 'cannot print "only" of more than one choice');
  if (kinds.length === 0 && found.has('r', 'n'))
    return fail(1, 'cannot print only names or real IDs in default format');
  if (kinds.length === 0 && found.has('z')) return fail(1, 'option --zero not permitted in default format');
  let status = 0;
  const many = found.operands.length > 1;
  for (const name of found.operands.length > 0 ? found.operands : [undefined]) {
    const identity = name === undefined ? own() : ofUser(name);
    if (!identity) {
      warn(`${quote(name!)}: no such user`);
      status = 1;
      continue;
    }
    const kind = kinds[0];
    if (kind === undefined) {
      stdout.write(describe(identity) + '\n');
      continue;
    }
    const isReal = found.has('r');
    const show = (id: number, table: (id: number) => string) => (found.has('n') ? table(id) : String(id));
    let values: string[];
    if (kind === 'u') values = [show(isReal ? identity.uid : identity.euid, userName)];
    else if (kind === 'g') values = [show(isReal ? identity.gid : identity.egid, groupName)];
    else
      values = [...new Set([identity.gid, identity.egid, ...identity.groups])].map(id => show(id, groupName));
    const [between, end] = found.has('z') ? ['\0', many && kind === 'G' ? '\0\0' : '\0'] : [' ', '\n'];
    stdout.write(values.join(between) + end);
  }
  return status;
}

function describe(identity: Identity): string {
  const user = (id: number) => `${id}${userById(id) ? `(${userById(id)!.name})` : ''}`;
  const group = (id: number) => `${id}${groupById(id) ? `(${groupById(id)!.name})` : ''}`;
  let text = `uid=${user(identity.uid)} gid=${group(identity.gid)}`;
  if (identity.euid !== identity.uid) text += ` euid=${user(identity.euid)}`;
  if (identity.egid !== identity.gid) text += ` egid=${group(identity.egid)}`;
  if (identity.groups.length > 0) text += ` groups=${identity.groups.map(group).join(',')}`;
  return text;
}

export function whoami(argv: string[]): number {
  const { operands } = parse(argv, {
    usage:
      'Usage: whoami [OPTION]...\nPrint the user name associated with the current effective user ID.\nSame as id -un.\n',
  });
  if (operands.length > 0) return usageError(argv[0]!, `extra operand ${quote(operands[0]!)}`);
  const user = userById(geteuid());
  if (!user) return fail(1, `cannot find name for user ID ${geteuid()}`);
  stdout.write(user.name + '\n');
  return 0;
}

export function groups(argv: string[]): number {
  const { operands } = parse(argv, {
    usage:
      'Usage: groups [OPTION]... [USERNAME]...\nPrint group memberships for each USERNAME or, if no USERNAME is specified, for the current process.\n',
  });
  let status = 0;
  const show = (identity: Identity) => {
    let isMissing = false;
    const names = [...new Set([identity.gid, ...identity.groups])].map(id => {
      if (!groupById(id)) {
        isMissing = true;
        warn(`cannot find name for group ID ${id}`);
      }
      return groupName(id);
    });
    if (isMissing) status = 1;
    return names.join(' ');
  };
  if (operands.length === 0) stdout.write(show(own()) + '\n');
  for (const name of operands) {
    const identity = ofUser(name);
    if (identity) stdout.write(`${name} : ${show(identity)}\n`);
    else {
      warn(`${quote(name)}: no such user`);
      status = 1;
    }
  }
  return status;
}

/** The user at a terminal of this session. Linux: utmp; here nobody writes one, and the terminal's owner tells. */
function loginName(): { name: string; tty: string; since: number } | undefined {
  for (const fd of [0, 1, 2]) {
    const tty = quietly(() => ttyname(fd));
    const node = tty === undefined ? undefined : quietly(() => stat(tty));
    if (tty !== undefined && node)
      return { name: userName(node.uid), tty: tty.replace(/^\/dev\//, ''), since: node.ctime.sec };
  }
  return undefined;
}

export function logname(argv: string[]): number {
  const { operands } = parse(argv, { usage: "Usage: logname [OPTION]\nPrint the user's login name.\n" });
  if (operands.length > 0) return usageError(argv[0]!, `extra operand ${quote(operands[0]!)}`);
  const login = loginName();
  if (!login) return fail(1, 'no login name');
  stdout.write(login.name + '\n');
  return 0;
}

export function users(argv: string[]): number {
  parse(argv, { usage: 'Usage: users [OPTION]...\nOutput who is currently logged in.\n' });
  const login = loginName();
  if (login) stdout.write(login.name + '\n');
  return 0;
}

export function who(argv: string[]): number {
  parse(argv, {
    short: 'abdHlmpqrstTuw',
    long: {},
    usage: 'Usage: who [OPTION]...\nPrint who is logged in at the terminal of this session.\n',
  });
  const login = loginName();
  if (login) {
    stdout.write(
      `${login.name.padEnd(8)} ${login.tty.padEnd(12)} ${strftime('%Y-%m-%d %H:%M', localtime(login.since))}\n`,
    );
  }
  return 0;
}
