/** /proc/sysvipc: the System V objects as tables; what ipcs(1) of old reads. Linux counterpart: sysvipc_*_proc_show. */
import type { Kernel } from '../../kernel.ts';
import type { TreeNode } from './tree.ts';
import { directory, file } from './tree.ts';

const pad = (value: number, width: number): string => String(value).padStart(width);

function head(object: { key: number; id: number; mode: number }): string {
  return `${pad(object.key, 10)} ${pad(object.id, 10)}  ${object.mode.toString(8).padStart(4)}`;
}
function owners(object: { uid: number; gid: number; cuid: number; cgid: number }): string {
  return `${pad(object.uid, 5)} ${pad(object.gid, 5)} ${pad(object.cuid, 5)} ${pad(object.cgid, 5)}`;
}

function showShm({ ipc }: Kernel): string {
  let text =
    '       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap\n';
  for (const segment of ipc.segments) {
    const { size, cpid, lpid, nattch, atime, dtime, ctime, cache } = segment;
    text +=
      `${head(segment)} ${pad(size, 21)} ${pad(cpid, 5)} ${pad(lpid, 5)}  ${pad(nattch, 5)} ${owners(segment)} ` +
      `${pad(atime, 10)} ${pad(dtime, 10)} ${pad(ctime, 10)} ${pad(cache.pageCount * 4096, 21)} ${pad(0, 21)}\n`;
  }
  return text;
}

function showSem({ ipc }: Kernel): string {
  let text = '       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n';
  for (const set of ipc.semaphores) {
    text += `${head(set)} ${pad(set.semaphores.length, 10)} ${owners(set)} ${pad(set.otime, 10)} ${pad(set.ctime, 10)}\n`;
  }
  return text;
}

function showMsg({ ipc }: Kernel): string {
  let text =
    '       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n';
  for (const queue of ipc.queues) {
    const { cbytes, messages, lspid, lrpid, stime, rtime, ctime } = queue;
    text +=
      `${head(queue)}  ${pad(cbytes, 10)} ${pad(messages.length, 10)} ${pad(lspid, 5)} ${pad(lrpid, 5)} ${owners(queue)} ` +
      `${pad(stime, 10)} ${pad(rtime, 10)} ${pad(ctime, 10)}\n`;
  }
  return text;
}

export const sysvipcTree: TreeNode<Kernel> = directory<Kernel>({
  msg: file(showMsg),
  sem: file(showSem),
  shm: file(showShm),
});
