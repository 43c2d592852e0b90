/** The options of guest.boot(): what they are on the command line of /sbin/lodger. Paths are the outer guest's. */
import { OptionError } from './errors.ts';
import type { GuestFs } from './guest-fs.ts';
import { type BootOptions, type RootOptions, checkNames, parseMemory, parseName } from './options.ts';
import { type Program, parsePrograms } from './trusted-options.ts';

export interface NestedOptions {
  /** undefined: the hostname that it will have. */
  readonly name: string | undefined;
  readonly args: readonly string[];
  /** To be installed in the guest; files of the host. */
  readonly programs: readonly Program[];
}

/** Checks the options for a guest inside the guest that has these files. OptionError. */
export async function nestedOptions(options: BootOptions, outer: GuestFs): Promise<NestedOptions> {
  checkNames(options);
  if (options.console === 'shell') {
    throw new OptionError(
      'console: an inner guest that is booted by the API has none; spawn a shell with a terminal',
    );
  }
  if (options.inspectNested !== undefined) {
    throw new OptionError('inspectNested: only the outermost guest can allow debuggers');
  }
  const parameters = options.kernelParameters ?? '';
  const name = options.name === undefined ? undefined : parseName(options.name, parameters);
  const programs = parsePrograms(options.programs ?? {});
  const args = name === undefined ? [] : ['--name', name];
  if (options.memory !== undefined) args.push('--memory', String(parseMemory(options.memory)));
  if (options.root !== undefined) args.push(...(await rootArguments(options.root, outer)));
  for (const [guestPath, mount] of Object.entries(options.mounts ?? {}))
    args.push('--mount', await mountArgument(guestPath, mount, outer));
  if (options.kernel !== undefined) args.push('--kernel', options.kernel);
  if (options.strace) args.push('--strace');
  if (options.inspectPort !== undefined) args.push('--inspect', String(options.inspectPort));
  args.push(...words(parameters));
  return { name, args, programs };
}

async function rootArguments(root: string | RootOptions, outer: GuestFs): Promise<string[]> {
  const options = typeof root === 'string' ? { source: root } : root;
  const { source, writable = false, size, cacheMs, tools = false, suid = false } = options;
  await requireDirectory('root', source, outer);
  if (suid) throw new OptionError('root: suid is for the outermost guest');
  if (writable && tools) throw new OptionError('root: tools are for a root that is not writable');
  const args = [writable ? '--root-rw' : '--root', source];
  if (size !== undefined && !writable) args.push('--root-size', String(size));
  if (cacheMs !== undefined) args.push('--root-cache', String(Math.floor(cacheMs)));
  if (tools) args.push('--root-tools');
  return args;
}

async function mountArgument(
  guestPath: string,
  mount: NonNullable<BootOptions['mounts']>[string],
  outer: GuestFs,
): Promise<string> {
  if (!/^\/[^:\0]*$/.test(guestPath))
    throw new OptionError(`mounts: '${guestPath}' is no absolute path in the guest without colons`);
  const options = typeof mount === 'string' ? { source: mount } : mount;
  if (!('source' in options) || typeof options.source !== 'string') {
    throw new OptionError(
      `mounts: '${guestPath}': a volume is mounted in the outermost guest, and its directory handed down from there`,
    );
  }
  const { source, readOnly = false, sockets = false } = options;
  await requireDirectory('mounts', source, outer);
  const flags = [...(readOnly ? ['ro'] : []), ...(sockets ? ['sockets'] : [])].join(',');
  return `${source}:${guestPath}${flags === '' ? '' : `:${flags}`}`;
}

async function requireDirectory(option: string, path: string, outer: GuestFs): Promise<void> {
  if (!path.startsWith('/') || path.includes('\0'))
    throw new OptionError(`${option}: '${path}' is no absolute path in the outer guest`);
  const isDirectory = await outer.stat(path).then(
    ({ mode }) => (mode & 0o170000) === 0o040000,
    () => undefined,
  );
  if (isDirectory === undefined) throw new OptionError(`${option}: there is no '${path}' in the outer guest`);
  if (!isDirectory) throw new OptionError(`${option}: '${path}' in the outer guest is not a directory`);
}

/** Kernel parameters as separate words; quotes hold spaces together. */
function words(parameters: string): string[] {
  return parameters.match(/(?:"[^"]*"|[^\s"])+/g)?.map(word => word.replaceAll('"', '')) ?? [];
}
