/** Users and groups in command lines (`root:adm`, `+1000`) and in listings. */
import { groupById, groupByName, userById, userByName } from '../../libc/pwd.ts';

const userNames = new Map<number, string>();
const groupNames = new Map<number, string>();

function cached(cache: Map<number, string>, id: number, find: () => string | undefined): string {
  let name = cache.get(id);
  if (name === undefined) cache.set(id, (name = find() ?? String(id)));
  return name;
}

/** The user's name, or the number if there is none. */
export function userName(uid: number): string {
  return cached(userNames, uid, () => userById(uid)?.name);
}
export function groupName(gid: number): string {
  return cached(groupNames, gid, () => groupById(gid)?.name);
}

function idOf(text: string): number | undefined {
  const n = /^\+?(\d+)$/.exec(text);
  return n && Number(n[1]) < 0xffffffff ? Number(n[1]) : undefined;
}
export function parseUser(text: string): number | undefined {
  return text.startsWith('+') ? idOf(text) : (userByName(text)?.uid ?? idOf(text));
}
export function parseGroup(text: string): number | undefined {
  return text.startsWith('+') ? idOf(text) : (groupByName(text)?.gid ?? idOf(text));
}

export interface Owner {
  /** undefined: stays. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** `user`, `user:group`, `user:` (the user's login group), `:group`. A string is what is wrong with it. */
export function parseOwner(text: string): Owner | string {
  let at = text.indexOf(':');
  // user.group is understood if no user has such a name.
  if (at < 0 && text.includes('.') && parseUser(text) === undefined) at = text.indexOf('.');
  const userText = at < 0 ? text : text.slice(0, at);
  const groupText = at < 0 ? '' : text.slice(at + 1);
  const uid = userText === '' ? undefined : parseUser(userText);
  if (userText !== '' && uid === undefined) return 'invalid user';
  if (groupText !== '') {
    const gid = parseGroup(groupText);
    return gid === undefined ? 'invalid group' : { uid, gid };
  }
  if (at < 0 || uid === undefined) return { uid, gid: undefined };
  const login = userById(uid);
  return login ? { uid, gid: login.gid } : 'invalid spec';
}
