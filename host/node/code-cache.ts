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
export type Bundle = (module: BundleModule, require: NodeRequire | undefined, url: string) => void;

function compile(path: string, name: string, cachedData: Uint8Array | undefined): Script {
  return compileText(readFileSync(path, 'latin1'), name, cachedData);
}

function compileText(source: string, name: string, cachedData: Uint8Array | undefined): Script {
  const body = source.replace(/^#!.*/, '');
  return new Script(`(function (module, require, bundleUrl) { const exports = module.exports; ${body}\n})`, {
    filename: name,
    ...(cachedData ? { cachedData } : {}),
  });
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
 * file name alone, because the cache holds the name, and a path would be the builder's. `cache`: content of the cache,
 * if somebody has read it already.
 */
export function loadBundle(path: string, cache?: SharedArrayBuffer): Bundle {
  const cachedData = cache === undefined ? readCache(path) : new Uint8Array(cache);
  const script = compile(path, basename(path), cachedData);
  if (process.env['LODGER_WRITE_CODE_CACHES'] !== undefined)
    setInterval(() => writeCache(path, script), WRITE_MS).unref();
  return script.runInThisContext() as Bundle;
}

/** The function of a bundle that is in no file; `name` is for stack traces. */
export function compileBundle(name: string, source: string): Bundle {
  return compileText(source, name, undefined).runInThisContext() as Bundle;
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
