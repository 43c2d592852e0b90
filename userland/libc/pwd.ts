/**
 * Users and groups: pwd.h and grp.h, from /etc/passwd and /etc/group; passwd(5), group(5). The files are read once
 * for each process.
 */
import { readText } from './stdio.ts';
import { close, open } from './unistd.ts';

export interface User {
  readonly name: string;
  readonly password: string;
  readonly uid: number;
  readonly gid: number;
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
}

export interface Group {
  readonly name: string;
  readonly password: string;
  readonly gid: number;
  readonly members: readonly string[];
}

let userCache: readonly User[] | undefined;
let groupCache: readonly Group[] | undefined;

function lines(path: string): string[] {
  try {
    const fd = open(path, 0);
    try {
      return readText(fd).split('\n');
    } finally {
      close(fd);
    }
  } catch {
    return [];
  }
}

export function parsePasswd(text: readonly string[]): User[] {
  const users: User[] = [];
  for (const line of text) {
    const fields = line.split(':');
    if (line.startsWith('#') || fields.length < 4 || !/^\d+$/.test(fields[2]!) || !/^\d+$/.test(fields[3]!))
      continue;
    const [name, password, uid, gid, gecos = '', home = '', shell = ''] = fields;
    users.push({ name: name!, password: password!, uid: Number(uid), gid: Number(gid), gecos, home, shell });
  }
  return users;
}

export function parseGroup(text: readonly string[]): Group[] {
  const groups: Group[] = [];
  for (const line of text) {
    const fields = line.split(':');
    if (line.startsWith('#') || fields.length < 3 || !/^\d+$/.test(fields[2]!)) continue;
    const [name, password, gid, members = ''] = fields;
    groups.push({
      name: name!,
      password: password!,
      gid: Number(gid),
      members: members.split(',').filter(Boolean),
    });
  }
  return groups;
}

export function users(): readonly User[] {
  return (userCache ??= parsePasswd(lines('/etc/passwd')));
}
export function groups(): readonly Group[] {
  return (groupCache ??= parseGroup(lines('/etc/group')));
}
export function userById(uid: number): User | undefined {
  return users().find(user => user.uid === uid);
}
export function userByName(name: string): User | undefined {
  return users().find(user => user.name === name);
}
export function groupById(gid: number): Group | undefined {
  return groups().find(group => group.gid === gid);
}
export function groupByName(name: string): Group | undefined {
  return groups().find(group => group.name === name);
}
/** The supplementary groups that a login of this user gets. */
export function groupsOfUser(name: string): number[] {
  return groups()
    .filter(group => group.members.includes(name))
    .map(group => group.gid);
}
