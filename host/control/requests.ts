/**
 * What the arguments of each control request are. A peer may send anything; a handler is only called with what it can
 * take.
 */
import type { FsRequest } from './protocol.ts';

type Shape = (value: unknown) => boolean;

const text: Shape = value => typeof value === 'string';
const flag: Shape = value => typeof value === 'boolean';
const bytes: Shape = value => value instanceof Uint8Array;
const size: Shape = value => Number.isSafeInteger(value) && (value as number) >= 0;
const int: Shape = value => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
const id: Shape = value => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
const name: Shape = value => text(value) || bytes(value);
const optional =
  (shape: Shape): Shape =>
  value =>
    value === undefined || value === null || shape(value);
const list =
  (shape: Shape): Shape =>
  value =>
    Array.isArray(value) && value.every(shape);
const record =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  value =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([key, shape]) => shape((value as Record<string, unknown>)[key]));

/** By op; `path` is there in all of them. */
const FS_FIELDS: Readonly<Record<FsRequest['op'], Readonly<Record<string, Shape>>>> = {
  readFile: {},
  writeFile: { data: bytes, mode: size, isAppending: flag },
  mkdir: { mode: size, isRecursive: flag },
  readdir: {},
  stat: {},
  lstat: {},
  unlink: {},
  rmdir: {},
  readlink: {},
  rm: { isRecursive: flag, isForced: flag },
  rename: { from: text },
  link: { from: text },
  symlink: { from: text },
  chmod: { mode: size },
  chown: { uid: id, gid: id },
  truncate: { size },
};

const fsRequest: Shape = value => {
  if (!record({ op: text, path: text })(value)) return false;
  const { op } = value as FsRequest;
  return Object.hasOwn(FS_FIELDS, op) && record(FS_FIELDS[op])(value);
};

/** Indexes of the descriptors that came with the request. */
const stdio: Shape = value => list(size)(value) || record({ terminal: size })(value);

const SHAPES: Readonly<Record<string, readonly Shape[]>> = {
  spawn: [
    record({
      file: name,
      args: list(name),
      env: list(name),
      cwd: optional(name),
      uid: id,
      gid: id,
      stdio,
      isAnnounced: optional(flag),
    }),
  ],
  kill: [int, int],
  resize: [int],
  fs: [fsRequest],
  mount: [text, text, flag],
  processes: [],
  memory: [],
  ready: [],
  name: [],
  guests: [],
  watch: [],
  powerOff: [],
};

/** Why a request cannot be served; undefined: it can. */
export function problemOf(method: string, args: readonly unknown[]): string | undefined {
  if (!Object.hasOwn(SHAPES, method)) return `no method ${method.slice(0, 100)}`;
  const shapes = SHAPES[method]!;
  if (args.length !== shapes.length) return `${method} takes ${shapes.length} arguments`;
  const wrong = shapes.findIndex((shape, i) => !shape(args[i]));
  return wrong < 0 ? undefined : `argument ${wrong + 1} of ${method}`;
}
