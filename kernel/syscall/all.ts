/** The whole system-call table: the rows of all families. */
import { clocksTable } from './clocks.ts';
import { credentialsTable } from './credentials.ts';
import { descriptorTable } from './descriptors.ts';
import { directoryTable } from './directory.ts';
import { epollTable } from './epoll.ts';
import { eventfdTable } from './eventfd.ts';
import { execTable } from './exec.ts';
import { absentTable } from './absent.ts';
import { aioTable } from './aio.ts';
import { fanotifyTable } from './fanotify.ts';
import { fileAttributesTable } from './file-attributes.ts';
import { fileHandleTable } from './file-handle.ts';
import { fileIoTable } from './file-io.ts';
import { fileMetadataTable } from './file-metadata.ts';
import { fileSystemsTable } from './file-systems.ts';
import { futex2Table } from './futex2.ts';
import { futexTable } from './futex.ts';
import { inotifyTable } from './inotify.ts';
import { ioUringTable } from './io-uring.ts';
import { ioctlTable } from './ioctl.ts';
import { kcmpTable } from './kcmp.ts';
import { limitsTable } from './limits.ts';
import { lockTable } from './lock.ts';
import { memoryTable } from './memory.ts';
import { missingTable } from './missing.ts';
import { mqueueTable } from './mqueue.ts';
import { msgTable } from './msg.ts';
import { mountTable } from './mount.ts';
import { numaTable } from './numa.ts';
import { openTable } from './open.ts';
import { pipeTable } from './pipe.ts';
import { pollTable } from './poll.ts';
import { prctlTable } from './prctl.ts';
import { processTable } from './process.ts';
import { ptraceTable } from './ptrace.ts';
import { renameLinkTable } from './rename-link.ts';
import { restartTable } from './restart.ts';
import { rseqTable } from './rseq.ts';
import { schedulingTable } from './scheduling.ts';
import { sendfileTable } from './sendfile.ts';
import { seccompTable } from './seccomp.ts';
import { semTable } from './sem.ts';
import { shmTable } from './shm.ts';
import { signalTable } from './signal.ts';
import { socketTable } from './socket.ts';
import { spliceTable } from './splice.ts';
import { statfsTable } from './statfs.ts';
import { syncTable } from './sync.ts';
import { systemTable } from './system.ts';
import { timersTable } from './timers.ts';
import { unshareTable } from './unshare.ts';
import { waitTable } from './wait.ts';
import { xattrTable } from './xattr.ts';
import { joinTables } from './table.ts';

export const systemCalls = joinTables(
  absentTable,
  aioTable,
  clocksTable,
  credentialsTable,
  descriptorTable,
  directoryTable,
  epollTable,
  eventfdTable,
  execTable,
  fanotifyTable,
  fileAttributesTable,
  fileHandleTable,
  fileIoTable,
  fileMetadataTable,
  fileSystemsTable,
  futexTable,
  futex2Table,
  inotifyTable,
  ioUringTable,
  ioctlTable,
  kcmpTable,
  limitsTable,
  lockTable,
  memoryTable,
  missingTable,
  mountTable,
  mqueueTable,
  msgTable,
  numaTable,
  openTable,
  pipeTable,
  pollTable,
  prctlTable,
  processTable,
  ptraceTable,
  renameLinkTable,
  restartTable,
  rseqTable,
  schedulingTable,
  sendfileTable,
  seccompTable,
  semTable,
  shmTable,
  signalTable,
  socketTable,
  spliceTable,
  statfsTable,
  syncTable,
  systemTable,
  timersTable,
  unshareTable,
  waitTable,
  xattrTable,
);
