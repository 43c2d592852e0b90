/** /proc/sys/kernel and /proc/sys/fs/mqueue: the limits of System V IPC and of POSIX message queues. */
import type { Kernel } from '../../kernel.ts';
import type { TreeNode } from './tree.ts';
import { EINVAL } from '../../abi/errno.ts';
import { IPCMNI } from '../../abi/ipc.ts';
import { fail } from '../../errors.ts';
import { integer, parseInteger } from './sysctl-values.ts';
import { file } from './tree.ts';

const INT_MAX = 0x7fffffff;

function unsignedLong(name: 'shmmax' | 'shmall'): TreeNode<Kernel> {
  return file<Kernel>(({ ipc }) => `${ipc[name]}\n`, {
    mode: 0o644,
    isStrict: true,
    write: ({ ipc }, text) => {
      const digits = /^\s*(\d+)[\s\0]*$/.exec(text)?.[1];
      if (digits === undefined) fail(EINVAL, 'not an integer');
      ipc[name] = BigInt.asUintN(64, BigInt(digits));
    },
  });
}

function limit(name: 'shmmni' | 'msgmax' | 'msgmnb' | 'msgmni', most: number): TreeNode<Kernel> {
  return integer(
    ({ ipc }) => ipc[name],
    ({ ipc }, value) => void (ipc[name] = value),
    [0, most],
  );
}

export const ipcSysctls: Readonly<Record<string, TreeNode<Kernel>>> = {
  msgmax: limit('msgmax', INT_MAX),
  msgmnb: limit('msgmnb', INT_MAX),
  msgmni: limit('msgmni', IPCMNI),
  sem: file<Kernel>(({ ipc }) => `${ipc.sem.join('\t')}\n`, {
    mode: 0o644,
    isStrict: true,
    write: ({ ipc }, text) => {
      const words = text.trim().split(/\s+/);
      if (words.length > 4) fail(EINVAL, 'four numbers');
      words.forEach((word, i) => (ipc.sem[i] = parseInteger(word, 0, i === 3 ? IPCMNI : INT_MAX)));
    },
  }),
  shmall: unsignedLong('shmall'),
  shmmax: unsignedLong('shmmax'),
  shmmni: limit('shmmni', IPCMNI),
};

/** /proc/sys/fs/mqueue */
export function mqueueLimit(
  name: 'msgMax' | 'msgsizeMax' | 'msgDefault' | 'msgsizeDefault' | 'queuesMax',
  range: readonly [number, number],
): TreeNode<Kernel> {
  return integer(
    ({ posixQueues }) => posixQueues[name],
    ({ posixQueues }, value) => void (posixQueues[name] = value),
    range,
  );
}
