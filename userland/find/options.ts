/** Options in the expression: always true, they change what find does; and -true and -false. */
import type { Arguments, Maker, Makers } from './arguments.ts';
import type { Settings } from './settings.ts';

/** They count for the whole command line, so that they should stand first. */
export const GLOBAL_OPTIONS = new Set([
  'depth',
  'd',
  'files0-from',
  'ignore_readdir_race',
  'maxdepth',
  'mindepth',
  'mount',
  'noignore_readdir_race',
  'noleaf',
  'xdev',
]);
/** They count for what follows them. */
export const POSITIONAL_OPTIONS = new Set(['daystart', 'follow', 'nowarn', 'regextype', 'warn']);

function set(change: (settings: Settings, args: Arguments) => void): Maker {
  return args => {
    change(args.settings, args);
    return args.always();
  };
}

const depth = set(settings => {
  settings.isDepthFirst = true;
  settings.hasDepthOption = true;
});
const stayOnDevice = set(settings => {
  settings.staysOnDevice = true;
});

export const options: Makers = {
  depth,
  d: args => {
    args.warn(
      'the -d option is deprecated; please use -depth instead, because the latter is a POSIX-compliant feature.',
    );
    return depth(args);
  },
  xdev: stayOnDevice,
  mount: stayOnDevice,
  maxdepth: set((settings, args) => {
    settings.maxDepth = args.depth();
  }),
  mindepth: set((settings, args) => {
    settings.minDepth = args.depth();
  }),
  follow: set(settings => {
    settings.follow = 'all';
  }),
  noleaf: set(() => {}),
  warn: set(settings => {
    settings.hasWarnings = true;
  }),
  nowarn: set(settings => {
    settings.hasWarnings = false;
  }),
  ignore_readdir_race: set(settings => {
    settings.ignoresReaddirRace = true;
  }),
  noignore_readdir_race: set(settings => {
    settings.ignoresReaddirRace = false;
  }),
  'files0-from': set((settings, args) => {
    settings.startsFile = args.argument();
  }),
  true: args => args.always(),
  false: args => args.test(1, () => false),
};
