/** getent(1): entries of the system's databases, which are files here. */
import {
  groupById,
  groupByName,
  groups,
  userById,
  userByName,
  users,
  type Group,
  type User,
} from '../libc/pwd.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { tryReadFile } from './lib/files.ts';

const NOT_FOUND = 2;
const hint = "Try `getent --help' or `getent --usage' for more information.\n";

const userLine = (u: User): string =>
  `${u.name}:${u.password}:${u.uid}:${u.gid}:${u.gecos}:${u.home}:${u.shell}\n`;
const groupLine = (g: Group): string => `${g.name}:${g.password}:${g.gid}:${g.members.join(',')}\n`;

interface Database {
  readonly all: () => string[];
  readonly find: (key: string) => string | undefined;
}

/** A file of lines whose first words are keys. */
function table(path: string, show: (fields: string[]) => string): Database {
  const rows = () =>
    (tryReadFile(path) ?? '')
      .split('\n')
      .map(line => line.replace(/#.*/, '').trim())
      .filter(line => line !== '')
      .map(line => line.split(/\s+/));
  return {
    all: () => rows().map(show),
    find: key => {
      const row = rows().find(fields => fields.includes(key));
      return row && show(row);
    },
  };
}
const hostLine = ([address = '', ...names]: string[]): string => `${address.padEnd(15)} ${names.join(' ')}\n`;
const plainLine = ([name = '', ...rest]: string[]): string => `${name.padEnd(21)} ${rest.join(' ')}\n`;

const DATABASES: Readonly<Record<string, Database>> = {
  passwd: {
    all: () => users().map(userLine),
    find: key => {
      const user = /^\d+$/.test(key) ? userById(Number(key)) : userByName(key);
      return user && userLine(user);
    },
  },
  group: {
    all: () => groups().map(groupLine),
    find: key => {
      const group = /^\d+$/.test(key) ? groupById(Number(key)) : groupByName(key);
      return group && groupLine(group);
    },
  },
  hosts: table('/etc/hosts', hostLine),
  services: table('/etc/services', plainLine),
  protocols: table('/etc/protocols', plainLine),
  networks: table('/etc/networks', plainLine),
};

export function getent(argv: string[]): number {
  const [name, ...keys] = argv.slice(1).filter(word => word !== '-i' && word !== '--no-idn');
  if (name === undefined) {
    stderr.write(`getent: wrong number of arguments\n${hint}`);
    return 1;
  }
  const database = Object.hasOwn(DATABASES, name) ? DATABASES[name] : undefined;
  if (!database) {
    stderr.write(`Unknown database: ${name}\n${hint}`);
    return 1;
  }
  if (keys.length === 0) {
    for (const line of database.all()) stdout.write(line);
    return 0;
  }
  let status = 0;
  for (const key of keys) {
    const line = database.find(key);
    if (line === undefined) status = NOT_FOUND;
    else stdout.write(line);
  }
  return status;
}
