/** Runs a suite inside a guest, and reads its TAP or KTAP. */
import type { ExecOptions, Guest } from '../api/index.ts';
import { looksLikeKtap, parseKtap } from './ktap.ts';
import type { GuestOptions } from './options.ts';
import { reportOf, statusText } from './report.ts';
import { type SuiteResult, isGood } from './suite-result.ts';
import { parseTap } from './tap.ts';
import { TestGuest } from './test-guest.ts';

export interface TapOptions extends Pick<ExecOptions, 'cwd' | 'env' | 'extraEnv' | 'input' | 'uid' | 'gid'> {
  /** What the suite's guest is like, or a guest that is there already and stays. */
  readonly guest?: GuestOptions | Guest;
  /** Ends the suite after this time. Default 60,000. */
  readonly timeoutMs?: number;
  /** Default 'auto': KTAP if it says so, else TAP. */
  readonly format?: 'auto' | 'tap' | 'ktap';
}

const TIMEOUT_MS = 60_000;
const MOST_SHOWN_LINES = 20;

export interface TapRun {
  readonly suite: SuiteResult;
  /** Of the guest, if anything failed and the guest was made for the suite. */
  readonly report: string | undefined;
}

/** Runs a shell command in a guest: what its standard output says. */
export async function runTap(name: string, command: string, options: TapOptions = {}): Promise<TapRun> {
  const { guest: where = {}, timeoutMs = TIMEOUT_MS, format = 'auto', ...execOptions } = options;
  if (isGuest(where)) {
    const suite = await run(where, name, command, { ...execOptions, timeoutMs }, format);
    return { suite, report: undefined };
  }
  const own = await TestGuest.boot(where);
  try {
    const suite = await run(own.guest, name, command, { ...execOptions, timeoutMs }, format);
    return { suite, report: isGood(suite) ? undefined : await reportOf(own) };
  } finally {
    await own.end();
  }
}

function isGuest(value: GuestOptions | Guest): value is Guest {
  return typeof (value as Partial<Guest>).exec === 'function';
}

async function run(
  guest: Guest,
  name: string,
  command: string,
  options: ExecOptions,
  format: NonNullable<TapOptions['format']>,
): Promise<SuiteResult> {
  const result = await guest.exec('sh', ['-c', command], options);
  const isKtap = format === 'ktap' || (format === 'auto' && looksLikeKtap(result.stdout));
  const suite = isKtap ? parseKtap(result.stdout, name) : parseTap(result.stdout, name);
  const problems = [...suite.problems];
  // A suite in which tests fail ends with a status of its own.
  if (
    result.signal !== null ||
    (result.code !== 0 && isGood(suite)) ||
    (result.code === 127 && problems.length > 0)
  ) {
    problems.unshift(`the suite ${statusText(result)}`);
  }
  if (problems.length === 0) return suite;
  const said = `${result.stdout.slice(-4000)}\n${result.stderr.slice(-4000)}`.trim().split('\n');
  const output = `its output ends with\n  ${said.slice(-MOST_SHOWN_LINES).join('\n  ')}`;
  return { ...suite, problems: [`${problems.join('\n')}\n${output}`] };
}
