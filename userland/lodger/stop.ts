/** `lodger stop PID`: asks a guest for an orderly end, and waits for it. */
import { UsageError } from '../libc/getopt.ts';
import { SIGKILL, kill } from '../libc/signal.ts';
import { monotonicSeconds } from '../libc/time.ts';
import { POLLIN, poll } from '../libc/poll.ts';
import { ControlClient } from './client.ts';
import { complain, pidOf, subcommand } from './subcommand.ts';

const USAGE = `Usage: lodger stop [options] PID

Asks the guest that is process PID for an orderly end: init ends its processes and writes back what is dirty. Waits
until it has ended.

Options:
  -s, --seconds N   end it the hard way if it takes longer (default 10)
  -h, --help        this text
`;
const DEFAULT_SECONDS = 10;

export function stop(argv: string[]): number {
  return subcommand(argv, USAGE, { short: 's:', long: { seconds: 's' } }, options => {
    const seconds = Number(options.value('s') ?? DEFAULT_SECONDS);
    if (!(seconds >= 0)) throw new UsageError(`--seconds ${options.value('s')}: no number`);
    if (options.operands.length > 1) throw new UsageError('one guest at a time');
    const pid = pidOf(options.operands[0]);
    const client = ControlClient.connect(pid);
    client.request('powerOff');
    if (hasEnded(client, seconds)) return 0;
    complain(`process ${pid} did not end in time, and was killed`);
    kill(pid, SIGKILL);
    return 1;
  });
}

/** Whether the connection ends within the time. */
function hasEnded(client: ControlClient, seconds: number): boolean {
  const end = monotonicSeconds() + seconds;
  for (;;) {
    while (client.hasEvent) {
      const event = client.event();
      if (event === 'ended' || (event !== 'none' && event.event === 'halt')) return true;
    }
    const leftMs = Math.ceil((end - monotonicSeconds()) * 1000);
    if (leftMs <= 0) return false;
    const [events] = poll([{ fd: client.fd, events: POLLIN }], leftMs);
    if (events !== 0) client.receive();
  }
}
