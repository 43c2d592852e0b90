/**
 * Loads a bundle as a script, with V8's code cache beside it (`NAME.cache`): compiling a large bundle costs tens of
 * milliseconds in each thread, taking it from the cache one or two. V8 refuses a cache of another version or of other
 * flags, and the bundle is then compiled as usual.
 *
 * V8 compiles a function when it is first called, and the cache holds what was compiled when it was made. So the build
 * runs a guest with LODGER_WRITE_CODE_CACHES set, and the caches are made anew from what that has compiled.
 *
 * The bundle is the body of a function `(module, require, url)`; it leaves what it offers in module.exports.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';

/** How often the build's guest writes its caches. */
const WRITE_MS = 200;

export interface BundleModule {
  exports: Record<string, unknown>;
}
/** A bundle that was read for many threads: the text of its function, and its code cache if there is one. */
export interface SharedBundle {
  readonly text: SharedArrayBuffer;
  readonly cache: SharedArrayBuffer | undefined;
}
export type Bundle = (module: BundleModule, require: NodeRequire | undefined, url: string) => void;

const BEGIN = '(function (module, require, bundleUrl) { const exports = module.exports; ';
const END = '\n})';

/** A bundle as the text of its function. A first line for the guest's kernel (#!native) stays as an empty one. */
function textOf(source: string): string {
  return `${BEGIN}${source.replace(/^#!.*/, '')}${END}`;
}

/** The same of a bundle's bytes. */
export function functionText(bundle: Buffer): Buffer {
  const skipped = bundle.subarray(0, 2).toString('latin1') === '#!' ? bundle.indexOf(10) : 0;
  return Buffer.concat([Buffer.from(BEGIN), bundle.subarray(Math.max(0, skipped)), Buffer.from(END)]);
}

function compile(path: string, name: string, cachedData: Uint8Array | undefined): Script {
  return compileText(textOf(readFileSync(path, 'latin1')), name, cachedData);
}

function compileText(text: string, name: string, cachedData: Uint8Array | undefined): Script {
  return new Script(text, { filename: name, ...(cachedData ? { cachedData } : {}) });
}

function readCache(path: string): Buffer | undefined {
  try {
    return readFileSync(`${path}.cache`);
  } catch {
    return undefined; // a bundle without a cache is compiled
  }
}

/**
 * The bundle's function. Calling it evaluates the bundle; each call gives a fresh instance. Stack traces name it by its
 * file name alone, because the cache holds the name, and a path would be the builder's. `shared`: what all guests have
 * of it.
 */
export function loadBundle(path: string, shared?: SharedBundle): Bundle {
  const script =
    shared === undefined
      ? compile(path, basename(path), readCache(path))
      : compileText(
          // In one piece from the beginning: a text that is put together is in memory twice.
          Buffer.from(shared.text).toString('latin1'),
          basename(path),
          shared.cache && new Uint8Array(shared.cache),
        );
  if (process.env['LODGER_WRITE_CODE_CACHES'] !== undefined)
    setInterval(() => writeCache(path, script), WRITE_MS).unref();
  return script.runInThisContext() as Bundle;
}

/** The function of a bundle that is in no file; `name` is for stack traces. */
export function compileBundle(name: string, source: string): Bundle {
  return compileText(textOf(source), name, undefined).runInThisContext() as Bundle;
}

/** The same, compiled anew under its URL, so that a debugger finds the source map beside it. */
export function loadBundleForDebugger(path: string): Bundle {
  return compile(path, pathToFileURL(path).href, undefined).runInThisContext() as Bundle;
}

/** Writes the cache of a bundle for this version of V8. Build step. */
export function writeCodeCache(path: string): void {
  writeCache(path, compile(path, basename(path), undefined));
}
function writeCache(path: string, script: Script): void {
  writeFileSync(`${path}.cache.new`, script.createCachedData());
  renameSync(`${path}.cache.new`, `${path}.cache`);
}
