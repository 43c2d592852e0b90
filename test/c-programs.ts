/**
 * The C programs of userland/test: compiled with the host's gcc, run on the host and in a guest whose root is the host's
 * own. Used by c-programs.test.ts and c-programs.mjs.
 */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type * as Api from '../host/api/index.ts';

const run = promisify(execFile);

/** Where the sources are, when this file is not bundled to elsewhere. */
export const SOURCES = new URL('../userland/test/', import.meta.url).pathname;
const WARNINGS = ['-Wall', '-Wextra', '-Wno-unused-parameter', '-Wno-unused-result', '-Wno-nonnull'];
const JOBS_ON_HOST = 8;
const JOBS_IN_GUEST = 6;
/** For how long one program may run. */
const MOST_SECONDS_ON_HOST = 90;
const MOST_SECONDS_IN_GUEST = 90;
const GUEST_FOLDER = '/mnt/c-programs';

export interface Outcome {
  /** `exit N`, `signal NAME`, `timeout`. */
  readonly end: string;
  /** Standard output and error. */
  readonly output: string;
}

/** Why the programs cannot be compiled and run here; undefined if they can. */
export function whyNot(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the host is not Linux on x86-64';
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'the host has no gcc';
  }
}

/** Names `family/name` of all programs. */
export function listPrograms(sources = SOURCES): string[] {
  const families = readdirSync(sources, { withFileTypes: true }).filter(entry => entry.isDirectory());
  return families
    .flatMap(({ name }) =>
      readdirSync(join(sources, name))
        .filter(file => file.endsWith('.c'))
        .map(file => `${name}/${basename(file, '.c')}`),
    )
    .sort();
}

/** Executables by the programs' names, in one folder; compiled only if neither source nor options were before. */
export async function compilePrograms(
  names: readonly string[],
  sources = SOURCES,
): Promise<{ folder: string; driver: string; executables: Map<string, string> }> {
  const folder = join(tmpdir(), `lodger-c-programs-${process.getuid!()}`);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (statSync(folder).uid !== process.getuid!()) throw new Error(`${folder} is somebody else's`);
  const compiler = execFileSync('gcc', ['-dumpfullversion'], { encoding: 'utf8' });
  const header = readFileSync(join(sources, 'check.h'));
  const executables = new Map<string, string>();
  const errors: string[] = [];
  const waiting = ['driver', ...names];
  const work = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const path = join(sources, `${name}.c`);
      const source = readFileSync(path);
      const words =
        /^(?:\/\/|\/\*| \*) gcc: (.*?)(?: \*\/)?$/m.exec(source.toString('latin1'))?.[1]!.split(' ') ?? [];
      const linking = words.includes('dynamic') ? [] : ['-static'];
      const options = ['-O1', '-g', ...linking, ...words.filter(word => word !== 'dynamic')];
      const hash = createHash('sha256').update(compiler).update(header).update(source);
      const key = hash.update(options.join('\0')).digest('hex').slice(0, 16);
      const executable = join(folder, `${name.replace('/', '-')}-${key}`);
      executables.set(name, executable);
      if (existsSync(executable)) continue;
      const fresh = `${executable}.${process.pid}`;
      try {
        await run('gcc', [...options, ...WARNINGS, `-I${sources}`, '-o', fresh, path, '-lm']);
        renameSync(fresh, executable);
      } catch (error) {
        errors.push((error as { stderr: string }).stderr);
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  if (errors.length > 0) throw new Error(`gcc:\n${errors.join('\n')}`);
  const driver = executables.get('driver')!;
  executables.delete('driver');
  return { folder, driver, executables };
}

function parse(output: string, names: ReadonlyMap<string, string>): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  for (const part of output.split('\x1e').slice(1)) {
    const [path, end, ...lines] = part.split('\n');
    outcomes.set(names.get(basename(path!))!, { end: end!, output: lines.join('\n') });
  }
  return outcomes;
}

const scratch = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Of the file system in which the programs run on the host, what may not be done on it: the guest's gets the same. */
function mountRestrictions(): string {
  const mounts = readFileSync('/proc/self/mounts', 'latin1').split('\n');
  const options =
    mounts
      .findLast(line => line.split(' ')[1] === scratch)
      ?.split(' ')[3]!
      .split(',') ?? [];
  return ['nosuid', 'nodev'].map(name => (options.includes(name) ? name : name.slice(2))).join(',');
}

/** Runs programs on the host and in a guest; what each did. */
export async function compare(
  names: readonly string[],
  boot: (options: Api.BootOptions) => Promise<Api.Guest>,
  sources = SOURCES,
): Promise<Map<string, { host: Outcome | undefined; guest: Outcome | undefined }>> {
  const { folder, driver, executables } = await compilePrograms(names, sources);
  const nameOf = new Map([...executables].map(([name, path]) => [basename(path), name]));
  const paths = [...executables.values()].sort();
  const directory = mkdtempSync(join(scratch, 'c-programs-'));
  let onHost: Map<string, Outcome>;
  try {
    const hostLimits = [String(JOBS_ON_HOST), String(MOST_SECONDS_ON_HOST), directory];
    const { stdout } = await run(driver, [...hostLimits, ...paths], {
      encoding: 'latin1',
      maxBuffer: 2 ** 26,
    });
    onHost = parse(stdout, nameOf);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  await using guest = await boot({
    root: '/',
    mounts: { [GUEST_FOLDER]: { source: folder, readOnly: true } },
  });
  await guest.exec('mount', ['-o', `remount,${mountRestrictions()}`, '/dev/shm']);
  const inGuestPath = (path: string): string => join(GUEST_FOLDER, basename(path));
  const limits = [String(JOBS_IN_GUEST), String(MOST_SECONDS_IN_GUEST), '/dev/shm'];
  const inGuest = await guest.exec(inGuestPath(driver), [...limits, ...paths.map(inGuestPath)], {
    uid: process.getuid!(),
    gid: process.getgid!(),
    encoding: 'buffer',
    timeoutMs: 300_000,
  });
  const guestOutcomes = parse(inGuest.stdout.toString('latin1'), nameOf);
  return new Map(
    names.map(name => [name, { host: onHost.get(name), guest: guestOutcomes.get(name) }] as const),
  );
}

/** The differences between host and guest, for people. */
export function describeDifference(
  name: string,
  host: Outcome | undefined,
  guest: Outcome | undefined,
): string {
  const show = (where: string, outcome: Outcome | undefined): string =>
    outcome === undefined ? `--- ${where}: not run` : `--- ${where}: ${outcome.end}\n${outcome.output}`;
  return `userland/test/${name}.c\n${show('host', host)}\n${show('guest', guest)}`;
}
