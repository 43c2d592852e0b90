/** chown(1) and chgrp(1). */
import { parse, usageError } from '../libc/getopt.ts';
import { AT_SYMLINK_NOFOLLOW, type FileStatus, S_ISDIR, S_ISLNK, stat } from '../libc/stat.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import { AT_FDCWD, fchownat } from '../libc/unistd.ts';
import { reason } from './lib/errors.ts';
import { groupName, type Owner, parseGroup, parseOwner, userName } from './lib/owner.ts';
import { type Follow, statusOf, walkTree } from './lib/tree.ts';
import { quote, quoteaf } from './lib/quote.ts';

const options = `
  -c, --changes          like verbose but report only when a change is made
  -f, --silent, --quiet  suppress most error messages
  -v, --verbose          output a diagnostic for every file processed
  -h, --no-dereference   affect symbolic links instead of any referenced file
      --from=CURRENT_OWNER:CURRENT_GROUP   change only files of this owner
      --reference=RFILE  use RFILE's owner and group
  -R, --recursive        operate on files and directories recursively
  -H, -L, -P             which symbolic links to directories -R follows: operands, all, none
`;
const chownUsage = `Usage: chown [OPTION]... [OWNER][:[GROUP]] FILE...\n  or:  chown [OPTION]... --reference=RFILE FILE...\nChange the owner and/or group of each FILE.\n${options}`;
const chgrpUsage = `Usage: chgrp [OPTION]... GROUP FILE...\n  or:  chgrp [OPTION]... --reference=RFILE FILE...\nChange the group of each FILE to GROUP.\n${options}`;

type Tool = 'chown' | 'chgrp';

/** What was asked for, as it was asked for. */
interface Wanted extends Owner {
  readonly text: string;
}

function show(owner: Owner, tool: Tool): string {
  if (tool === 'chgrp' || owner.uid === undefined) return owner.gid === undefined ? '' : groupName(owner.gid);
  return userName(owner.uid) + (owner.gid === undefined ? '' : `:${groupName(owner.gid)}`);
}

export function run(argv: string[], tool: Tool): number {
  const found = parse(argv, {
    short: 'HLPRcfhv',
    long: {
      changes: 'c', silent: 'f', quiet: 'f', verbose: 'v', 'no-dereference': 'h', dereference: 'dereference',
      recursive: 'R', reference: 'reference:', from: 'from:', 'preserve-root': 'root', 'no-preserve-root': 'root',
    }, // prettier-ignore
    usage: tool === 'chown' ? chownUsage : chgrpUsage,
  });
  const files = found.operands.slice();
  const reference = found.value('reference');
  let owner: Wanted;
  if (reference !== undefined) {
    try {
      const { uid, gid } = stat(reference);
      owner =
        tool === 'chown'
          ? { uid, gid, text: `${userName(uid)}:${groupName(gid)}` }
          : { uid: undefined, gid, text: groupName(gid) };
    } catch (error) {
      return fail(1, `failed to get attributes of ${quoteaf(reference)}: ${reason(error)}`);
    }
  } else {
    const text = files.shift();
    if (text === undefined) return usageError(argv[0]!, 'missing operand');
    if (files.length === 0) return usageError(argv[0]!, `missing operand after ${quote(text)}`);
    owner = { ...readOwner(text, tool), text };
    if (text.endsWith(':') && owner.gid !== undefined)
      owner = { ...owner, text: text + groupName(owner.gid) };
    if (text.startsWith(':')) owner = { ...owner, text: text.slice(1) };
  }
  if (files.length === 0) return usageError(argv[0]!, 'missing operand');
  const fromText = found.value('from');
  const from = fromText === undefined ? undefined : readOwner(fromText, 'chown');
  const report = found.has('v') ? 'all' : found.has('c') ? 'changes' : 'none';
  const isQuiet = found.has('f');
  const isRecursive = found.has('R');
  const last = found.last('H', 'L', 'P');
  const follow: Follow = last === 'L' ? 'all' : last === 'H' ? 'operands' : 'none';
  const isDereferenced = !found.has('h');
  let status = 0;

  const change = (path: string, before: FileStatus) => {
    if (
      from &&
      ((from.uid !== undefined && before.uid !== from.uid) ||
        (from.gid !== undefined && before.gid !== from.gid))
    )
      return;
    const isChanged = (owner.uid ?? before.uid) !== before.uid || (owner.gid ?? before.gid) !== before.gid;
    let isFailed = false;
    try {
      fchownat(
        AT_FDCWD,
        path,
        owner.uid ?? -1,
        owner.gid ?? -1,
        isDereferenced && !(isRecursive && follow === 'none' && S_ISLNK(before.mode))
          ? 0
          : AT_SYMLINK_NOFOLLOW,
      );
    } catch (error) {
      isFailed = true;
      status = 1;
      const what = owner.uid !== undefined ? 'ownership' : 'group';
      if (!isQuiet) warn(`changing ${what} of ${quoteaf(path)}: ${reason(error)}`);
    }
    if (report === 'none' || (report === 'changes' && (!isChanged || isFailed))) return;
    const what = tool === 'chgrp' || owner.uid === undefined ? 'group' : 'ownership';
    const old = show(
      {
        uid: owner.uid === undefined ? undefined : before.uid,
        gid: owner.gid === undefined ? undefined : before.gid,
      },
      tool,
    );
    const name = quoteaf(path);
    if (isFailed) stdout.write(`failed to change ${what} of ${name} from ${old} to ${owner.text}\n`);
    else if (isChanged) stdout.write(`changed ${what} of ${name} from ${old} to ${owner.text}\n`);
    else stdout.write(`${what} of ${name} retained as ${show(owner, tool)}\n`);
  };
  const failed = (path: string, action: 'stat' | 'readdir', error: unknown) => {
    status = 1;
    const what =
      action === 'readdir'
        ? 'cannot read directory'
        : !isDereferenced || isRecursive
          ? 'cannot access'
          : 'cannot dereference';
    if (!isQuiet) warn(`${what} ${quoteaf(path)}: ${reason(error)}`);
  };
  for (const file of files) {
    if (isRecursive) {
      walkTree(file, follow, {
        before: visit => {
          if (!S_ISDIR(visit.status.mode)) change(visit.path, visit.status);
        },
        after: visit => change(visit.path, visit.status),
        failed,
      });
      continue;
    }
    try {
      change(file, isDereferenced ? stat(file) : statusOf(file, false));
    } catch (error) {
      status = 1;
      if (!isQuiet) warn(`cannot access ${quoteaf(file)}: ${reason(error)}`);
    }
  }
  return status;
}

function readOwner(text: string, tool: Tool): Owner {
  if (tool === 'chgrp') {
    const gid = text === '' ? undefined : parseGroup(text);
    if (text !== '' && gid === undefined) return fail(1, `invalid group: ${quote(text)}`);
    return { uid: undefined, gid };
  }
  const owner = parseOwner(text);
  return typeof owner === 'string' ? fail(1, `${owner}: ${quote(text)}`) : owner;
}

export function main(argv: string[]): number {
  return run(argv, 'chown');
}
export function chgrp(argv: string[]): number {
  return run(argv, 'chgrp');
}
