/**
 * The machine's own package client, asked for packages by name: which ones are needed, and their files. It keeps its
 * state in a directory of its own, in which nothing is installed, so that it needs no rights and the machine stays as
 * it is. Where packages come from, and whom to trust, is what the machine is configured for.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RootError } from './root-error.ts';

export interface Archive {
  readonly name: string;
  readonly path: string;
}

export interface AptRequest {
  /** A directory for the client's state; the caller's to remove. */
  readonly directory: string;
  readonly architecture: string;
  readonly packages: readonly string[];
  /** Told what is being done. */
  readonly report: (line: string) => void;
}

/** Where the machine keeps its lists of packages. */
const MACHINE_LISTS = '/var/lib/apt/lists';
/** What every system has: patterns of apt-patterns(7). */
const ESSENTIAL = '?essential';
/** Says that /bin is a link; without it another package would want to do the linking with programs of its own. */
const MERGED_USR = 'usr-is-merged';

/** The packages with all that they need, downloaded, in an order in which they can be unpacked. */
export async function download(request: AptRequest): Promise<Archive[]> {
  const { directory, report } = request;
  for (const name of ['lists/partial', 'archives/partial'])
    mkdirSync(join(directory, name), { recursive: true });
  writeFileSync(join(directory, 'status'), '');
  let { lists, wanted, order } = await resolveWithMachineLists(request);
  if (order === undefined) {
    report('fetching the lists of packages');
    lists = join(directory, 'lists');
    await apt(request, lists, ['update']);
    ({ wanted, order } = await resolve(request, lists));
  }
  report(`downloading ${order!.length} packages`);
  await apt(request, lists, ['--yes', '--download-only', 'install', ...wanted]);
  const files = new Map<string, string>();
  const note = (file: string, path: string): void => {
    if (file.endsWith('.deb')) files.set(file.slice(0, file.indexOf('_')), path);
  };
  const archives = join(directory, 'archives');
  for (const file of readdirSync(archives)) note(file, join(archives, file));
  // Archives of a source on this machine stay where they are.
  const left = await apt(request, lists, ['--yes', '--print-uris', 'install', ...wanted]);
  for (const [, uri, file] of left.matchAll(/^'(file:[^']*)' (\S+)/gm)) note(file!, fileOfUri(uri!));
  return order!.map(name => {
    const path = files.get(name);
    if (path === undefined) throw new RootError(`apt-get did not download ${name}`);
    return { name, path };
  });
}

/** `file:/a/b` or `file:///a/b`. */
function fileOfUri(uri: string): string {
  return decodeURIComponent(uri.replace(/^file:(\/\/)?/, ''));
}

interface Resolved {
  readonly lists: string;
  readonly wanted: readonly string[];
  /** undefined: the lists are not good enough. */
  readonly order: string[] | undefined;
}

async function resolveWithMachineLists(request: AptRequest): Promise<Resolved> {
  try {
    return await resolve(request, MACHINE_LISTS);
  } catch (error) {
    if (!(error instanceof AptFailure)) throw error;
    return { lists: MACHINE_LISTS, wanted: [], order: undefined };
  }
}

async function resolve(request: AptRequest, lists: string): Promise<Resolved> {
  const wanted = [ESSENTIAL, ...request.packages];
  let failure: unknown;
  for (const packages of [[MERGED_USR, ...wanted], wanted]) {
    try {
      const plan = await apt(request, lists, ['--simulate', 'install', ...packages]);
      const order = [...plan.matchAll(/^Inst (\S+)/gm)].map(match => match[1]!.replace(/:.*/, ''));
      if (order.length === 0) throw new AptFailure('apt-get would install nothing');
      return { lists, wanted: packages, order };
    } catch (error) {
      if (!(error instanceof AptFailure)) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** apt-get said no, in its own words. */
class AptFailure extends RootError {}

function apt(request: AptRequest, lists: string, words: readonly string[]): Promise<string> {
  const { directory, architecture } = request;
  const options = {
    'Dir::State': directory,
    'Dir::State::status': join(directory, 'status'),
    'Dir::State::lists': lists,
    'Dir::State::extended_states': join(directory, 'extended_states'),
    'Dir::Cache': directory,
    'Dir::Cache::archives': join(directory, 'archives'),
    'APT::Architecture': architecture,
    'APT::Install-Recommends': 'false',
    'APT::Install-Suggests': 'false',
    'APT::Sandbox::User': '',
    'Debug::NoLocking': 'true',
  };
  const args = [
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...['-o', `APT::Architectures::=${architecture}`],
    ...words,
  ];
  return new Promise((done, fail) => {
    const child = spawn('apt-get', args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', (error: NodeJS.ErrnoException) => {
      const text =
        error.code === 'ENOENT'
          ? 'on this host there is no apt-get; copy a root directory that was made elsewhere'
          : `apt-get cannot be run: ${error.message}`;
      fail(new RootError(text));
    });
    child.on('close', code => {
      if (code === 0) done(output);
      else fail(new AptFailure(complaints(errors) || `apt-get ended with status ${code}`));
    });
  });
}

function complaints(errors: string): string {
  const lines = errors.split('\n').filter(line => line.startsWith('E: '));
  return lines.map(line => `apt-get: ${line.slice(3)}`).join('\n');
}
