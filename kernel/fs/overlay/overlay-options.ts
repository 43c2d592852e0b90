/** The options of an overlay: mount(2)'s text, as Documentation/filesystems/overlayfs.rst has them. */
import { EINVAL } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';

/**
 * What happens when a directory that is in lower layers too is renamed: `on`, it gets a redirect; else EXDEV. Redirects
 * that are there are followed unless the mode is `nofollow`.
 */
export type RedirectMode = 'on' | 'follow' | 'nofollow' | 'off';

export interface OverlayOptions {
  /** Names of directories, the topmost first. */
  readonly lower: readonly string[];
  readonly upper: string | undefined;
  readonly work: string | undefined;
  readonly redirect: RedirectMode;
  /** As /proc/mounts shows them. */
  readonly shown: string;
}

/** At most so many lower layers: OVL_MAX_STACK. */
const MAX_LAYERS = 500;

/** Options that change nothing here: they choose how Linux finds inodes, syncs and exports. */
const IGNORED =
  /^(index=(on|off)|xino=(on|off|auto)|metacopy=off|uuid=(null|off|on|auto)|nfs_export=off|volatile|default_permissions)$/;

export function parseOverlayOptions(text: string): OverlayOptions {
  let lower: string[] = [];
  let upper: string | undefined;
  let work: string | undefined;
  let redirect: RedirectMode = 'off';
  const shown: string[] = [];
  for (const option of splitUnescaped(text, ',')) {
    const equals = option.indexOf('=');
    const name = equals < 0 ? option : option.slice(0, equals);
    const value = option.slice(equals + 1);
    if (option === '' || IGNORED.test(option)) continue;
    if (equals < 0 || value === '') fail(EINVAL, 'overlay: unknown option, or one without a value');
    switch (name) {
      case 'lowerdir':
        lower = splitUnescaped(value, ':').map(unescape);
        break;
      case 'lowerdir+':
        lower.push(unescape(value));
        break;
      case 'upperdir':
        upper = unescape(value);
        break;
      case 'workdir':
        work = unescape(value);
        break;
      case 'redirect_dir':
        if (!['on', 'off', 'follow', 'nofollow'].includes(value)) fail(EINVAL, 'overlay: redirect_dir');
        redirect = value as RedirectMode;
        break;
      default:
        fail(EINVAL, 'overlay: unknown option');
    }
    shown.push(option);
  }
  if (lower.length === 0 || lower.includes('')) fail(EINVAL, 'overlay: no lowerdir');
  if (lower.length > MAX_LAYERS) fail(EINVAL, 'overlay: too many lower layers');
  if (upper === undefined) {
    // Linux: a workdir without an upperdir is ignored.
    work = undefined;
    if (lower.length < 2) fail(EINVAL, 'overlay: without an upperdir there must be two lower layers');
  } else if (work === undefined) fail(EINVAL, 'overlay: upperdir without a workdir');
  return { lower, upper, work, redirect, shown: shown.map(option => `,${option}`).join('') };
}

function splitUnescaped(text: string, separator: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '\\' && i + 1 < text.length) part += c + text[++i]!;
    else if (c === separator) {
      parts.push(part);
      part = '';
    } else part += c;
  }
  parts.push(part);
  return parts;
}

function unescape(text: string): string {
  return text.replace(/\\([^])/g, '$1');
}
