/** Signals as strace tells of them: `{si_signo=SIGTERM, si_code=SI_USER, si_pid=1, si_uid=0}`. */
import * as abi from '../../../kernel/abi/signal.ts';
import { signalText } from '../../../kernel/trace/flags.ts';

const CODES: Readonly<Record<number, string>> = {
  [abi.SI_USER]: 'SI_USER',
  [abi.SI_KERNEL]: 'SI_KERNEL',
  [abi.SI_QUEUE]: 'SI_QUEUE',
  [abi.SI_TIMER]: 'SI_TIMER',
  [abi.SI_TKILL]: 'SI_TKILL',
};
const CHILD_CODES = [
  '',
  'CLD_EXITED',
  'CLD_KILLED',
  'CLD_DUMPED',
  'CLD_TRAPPED',
  'CLD_STOPPED',
  'CLD_CONTINUED',
];

export function infoText(bytes: Uint8Array): string {
  const info = abi.SiginfoKill.decode(bytes);
  const head = `si_signo=${signalText(info.signo)}`;
  if (info.signo === abi.SIGCHLD && info.code > 0) {
    const child = abi.SiginfoChild.decode(bytes);
    const status = info.code === abi.CLD_EXITED ? String(child.status) : signalText(child.status);
    return (
      `{${head}, si_code=${CHILD_CODES[info.code] ?? info.code}, si_pid=${child.pid}, si_uid=${child.uid}, ` +
      `si_status=${status}, si_utime=${child.utime}, si_stime=${child.stime}}`
    );
  }
  const code = CODES[info.code] ?? String(info.code);
  if (info.code === abi.SI_USER || info.code === abi.SI_TKILL)
    return `{${head}, si_code=${code}, si_pid=${info.pid}, si_uid=${info.uid}}`;
  if (info.code === abi.SI_QUEUE) {
    const value = `si_int=${Number(BigInt.asIntN(32, info.value))}, si_ptr=0x${info.value.toString(16)}`;
    return `{${head}, si_code=${code}, si_pid=${info.pid}, si_uid=${info.uid}, ${value}}`;
  }
  if (info.code === abi.SI_TIMER) {
    const timer = abi.SiginfoTimer.decode(bytes);
    const value = `si_int=${Number(BigInt.asIntN(32, timer.value))}, si_ptr=${timer.value === 0n ? 'NULL' : `0x${timer.value.toString(16)}`}`;
    return `{${head}, si_code=${code}, si_timerid=${timer.timerId}, si_overrun=${timer.overrun}, ${value}}`;
  }
  return `{${head}, si_code=${code}}`;
}
