/** `lodger root …`: makes root directories. Loaded only when it is asked for. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { configure } from './configure.ts';
import { unpackDebian } from './debian.ts';
import { RootError } from './root-error.ts';

export const USAGE = `Usage: lodger root debian [--unpack-only] DIR [package…]
       lodger root configure DIR

«debian» makes DIR, a root directory for --root, from the Debian packages that are named and what they need, with the
essential ones. It downloads them with this machine's apt-get, from where apt-get is configured to get them, unpacks
them, and runs their maintainer scripts in a guest on the directory. «configure» goes on where that was interrupted or,
with --unpack-only, not begun.
`;

/** Returns the exit status. */
export async function rootCommand(argv: readonly string[]): Promise<number> {
  const words = argv.filter(word => !word.startsWith('-'));
  const options = argv.filter(word => word.startsWith('-'));
  if (options.includes('--help') || options.includes('-h')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [kind, directory, ...packages] = words;
  const isUnpackOnly = options.includes('--unpack-only');
  const unknown = options.find(option => option !== '--unpack-only');
  const isKnown = kind === 'debian' || (kind === 'configure' && packages.length === 0 && !isUnpackOnly);
  if (!isKnown || directory === undefined || unknown !== undefined) {
    process.stderr.write(unknown === undefined ? USAGE : `lodger root: unknown option ${unknown}\n${USAGE}`);
    return 2;
  }
  const bad = packages.find(name => !/^[a-z0-9][a-z0-9+.-]+(=[\w.+:~-]+)?$/.test(name));
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    if (bad !== undefined) throw new RootError(`'${bad}' is no name of a package`);
    if (kind === 'debian') await unpackDebian(directory, packages, report);
    else if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new RootError(`${directory} is not a directory`);
    if (!isUnpackOnly) await configure(resolve(directory), report);
    report(`done: lodger --root ${directory}`);
    return 0;
  } catch (error) {
    if (!(error instanceof RootError)) throw error;
    process.stderr.write(`lodger root: ${error.message}\n`);
    return 1;
  }
}
