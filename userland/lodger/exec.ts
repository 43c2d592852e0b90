/**
 * `lodger exec PID -- command`: runs a command in a guest that runs in this one, connected to this process's standard
 * input, output and error, and ends with its status. Of a terminal the command gets one of its own in the guest, and
 * this program stands between the two (exec-terminal.ts); anything else it gets as it is.
 */
import type { Reply, SocketSpawnSpec } from '../../host/control/protocol.ts';
import { decodeJson, encodeMessage } from '../../host/control/json-lines.ts';
import { problemOf } from '../../host/control/requests.ts';
import { fromText, toBytes, toText } from '../../kernel/abi/byte-string.ts';
import { type Options, UsageError } from '../libc/getopt.ts';
import { SIGHUP, SIGINT, SIGKILL, SIGTERM, SIG_UNBLOCK, kill, signal, sigprocmask } from '../libc/signal.ts';
import { STDERR, STDIN, STDOUT, getpid, isatty, writeAll } from '../libc/unistd.ts';
import { WEXITSTATUS, WIFSIGNALED, WTERMSIG, shellStatus } from '../libc/wait.ts';
import { ControlClient } from './client.ts';
import { STATUS_NOT_EXECUTABLE, STATUS_NOT_FOUND, commandEnvironment, parseEnv } from './command.ts';
import { TerminalExec } from './exec-terminal.ts';
import { STATUS_NO_GUEST, complain, pidOf, subcommand } from './subcommand.ts';

const USAGE = `Usage: lodger exec PID [options] -- command [args…]

Runs a command in the guest that is process PID, connected to this process's standard input, output and error, and
exits with its status (128 + n for signal n).

Options:
  -e, --env NAME=VALUE   a variable for the command; may be given again; NAME alone passes the value here
  -w, --workdir DIR      where the command starts (default /root)
  -u, --user UID[:GID]   whose process it is (default 0:0)
  -t, --tty              give it a terminal even if not all of stdin, stdout and stderr are one
  -T, --no-tty           give it the streams as they are even on a terminal
      --json SPEC        the command as JSON; the first line of the output is the answer; for programs
  -h, --help             this text

On a terminal, Ctrl-] three times ends the connection.
`;
const SPEC = {
  short: 'e:w:u:tT',
  long: { env: 'e', workdir: 'w', user: 'u', tty: 't', 'no-tty': 'T', json: 'json:' },
};
/** A command that does not listen to signals is ended by asking so many times. */
const PATIENCE = 3;

export type Command = Omit<SocketSpawnSpec, 'stdio'>;

export function exec(argv: string[]): number {
  // Options stand on both sides of the guest's number, but not in the command.
  const separator = argv.indexOf('--');
  const own = separator < 0 ? argv : argv.slice(0, separator);
  const spec = separator < 0 ? { ...SPEC, short: `+${SPEC.short}` } : SPEC;
  return subcommand(own, USAGE, spec, options => {
    const [guest, ...words] = options.operands;
    if (separator >= 0 && words.length > 0) throw new UsageError(`what is ${words[0]}?`);
    const pid = pidOf(guest);
    const json = options.value('json');
    const args = separator < 0 ? words : argv.slice(separator + 1);
    const command = json === undefined ? commandOf(args, options) : parseCommand(json);
    const client = ControlClient.connect(pid);
    const isTerminal = options.has('T') ? false : options.has('t') || [STDIN, STDOUT, STDERR].every(isatty);
    const run = isTerminal ? new TerminalExec(client) : new PlainExec(client);
    const { status, failure } = run.run(
      { ...command, isAnnounced: json !== undefined && !isTerminal },
      reply => {
        // Without a terminal the guest has written it, unless the command did not start.
        if (json !== undefined && (isTerminal || reply.failure !== undefined))
          writeAll(STDOUT, encodeMessage({ id: null, ...reply }));
      },
    );
    if (failure !== undefined) {
      if (json === undefined) complain(`${toText(textOf(command.file))}: ${failure.text}`);
      return failure.code === 'ENOENT' ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
    }
    if (status === undefined) {
      complain('the guest has stopped');
      return STATUS_NO_GUEST;
    }
    return json === undefined ? shellStatus(status) : endLike(status);
  });
}

/** What became of the command: its wait status, undefined if the guest stopped before; or why it did not start. */
export interface Outcome {
  readonly status?: number | undefined;
  readonly failure?: Reply<number>['failure'] | undefined;
}

/** Lends the three streams as they are. */
class PlainExec {
  readonly #client: ControlClient;
  #signals: number[] = [];

  constructor(client: ControlClient) {
    this.#client = client;
  }

  run(command: Command, onReply: (reply: Reply<number>) => void): Outcome {
    const client = this.#client;
    for (const signo of [SIGINT, SIGTERM, SIGHUP]) signal(signo, () => void this.#signals.push(signo));
    const stdio = [STDIN, STDOUT, STDERR];
    const reply = client.request<number>('spawn', [{ ...command, stdio: [0, 1, 2] }], stdio);
    onReply(reply);
    if (reply.value === undefined) return { failure: reply.failure };
    let received = 0;
    for (;;) {
      for (const signo of this.#signals.splice(0)) {
        client.request('kill', [reply.value, ++received < PATIENCE ? signo : SIGKILL]);
      }
      const event = client.event();
      if (event === 'none') continue;
      if (event === 'ended') return {};
      if (event.event === 'exit' && event.pid === reply.value) return { status: event.status };
    }
  }
}

function commandOf(args: readonly string[], options: Options): Command {
  if (args.length === 0) throw new UsageError('which command?');
  const assignments = options.values('e').flatMap(parseEnv);
  const workdir = options.value('w');
  return {
    file: nameOf(args[0]!),
    args: args.map(nameOf),
    env: commandEnvironment(assignments).map(nameOf),
    cwd: workdir === undefined ? undefined : nameOf(workdir),
    ...userOf(options.value('u')),
  };
}

function userOf(text = '0:0'): { uid: number; gid: number } {
  const match = /^([0-9]{1,10})(?::([0-9]{1,10}))?$/.exec(text);
  if (match === null) throw new UsageError(`--user ${text}: write UID or UID:GID`);
  return { uid: Number(match[1]), gid: Number(match[2] ?? match[1]) };
}

function parseCommand(json: string): Command {
  const decoded = decodeJson(toBytes(json));
  if ('problem' in decoded) throw new UsageError(`--json: ${decoded.problem}`);
  const problem = problemOf('spawn', [{ ...(decoded.value as object), stdio: [0, 1, 2] }]);
  if (problem !== undefined) throw new UsageError(`--json: ${problem}`);
  return decoded.value as Command;
}

/** A byte string as JSON can have it: text, or bytes if it is none. */
function nameOf(bytes: string): string | Uint8Array {
  const text = toText(bytes);
  return fromText(text) === bytes ? text : toBytes(bytes);
}
function textOf(name: string | Uint8Array): string {
  return typeof name === 'string' ? fromText(name) : String.fromCharCode(...name);
}

/** Ends as the command did, so that who waits for this process learns the same. */
function endLike(status: number): number {
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
  const signo = WTERMSIG(status);
  if (signo !== SIGKILL) signal(signo, 'default');
  sigprocmask(SIG_UNBLOCK, [signo]);
  kill(getpid(), signo);
  return 128 + signo;
}
