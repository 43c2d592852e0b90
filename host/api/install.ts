/**
 * Bundles a native program that is written in TypeScript, for guest.install(). esbuild does it; it is the user's, because
 * most guests need none.
 */
import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as Esbuild from 'esbuild';
import { OptionError } from './errors.ts';

const MARK = '#!native';
/** What a program imports the libc from, and the file that is. */
const LIBRARY = 'lodger/program';
const LIBRARY_FILE = new URL('./program.js', import.meta.url);

interface Input {
  readonly path: string;
  readonly mtimeMs: number;
  readonly size: number;
}
interface Known {
  readonly inputs: readonly Input[];
  readonly content: Uint8Array;
}

/** Bundles by the path of their source. Many guests in a row get the same programs. */
const known = new Map<string, Known>();
const MAX_KNOWN = 32;

/** The bundle of a program. `source`: a file in TypeScript or JavaScript, or a bundle. OptionError. */
export async function bundleProgram(source: string | URL): Promise<Uint8Array> {
  const path = resolve(source instanceof URL || source.startsWith('file:') ? fileURLToPath(source) : source);
  const text = await readFile(path, 'latin1').catch((error: Error) => {
    throw new OptionError(`install: cannot read '${path}' on the host: ${error.message}`);
  });
  if (text.startsWith(`${MARK}\n`)) return Buffer.from(text, 'latin1');
  const before = known.get(path);
  if (before && (await isUnchanged(before.inputs))) return before.content;
  const bundle = await build(await loadEsbuild(path), path);
  known.delete(path);
  known.set(path, bundle);
  if (known.size > MAX_KNOWN) known.delete(known.keys().next().value!);
  return bundle.content;
}

/** esbuild as the program's own package has it, or else as this package finds it. */
async function loadEsbuild(path: string): Promise<typeof Esbuild> {
  const name = 'esbuild';
  try {
    const place = createRequire(path).resolve(name);
    return ((await import(pathToFileURL(place).href)) as { default: typeof Esbuild }).default;
  } catch {
    // It may still be beside this package.
  }
  try {
    return (await import(name)) as typeof Esbuild;
  } catch {
    throw new OptionError(
      'install: a program in TypeScript is bundled with esbuild, which is not there; run: npm install --save-dev esbuild',
    );
  }
}

async function build(esbuild: typeof Esbuild, path: string): Promise<Known> {
  try {
    const exports = await exportsOf(esbuild, path);
    const { outputFiles, metafile } = await esbuild.build({
      bundle: true,
      write: false,
      metafile: true,
      target: 'node20',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      format: 'cjs',
      banner: { js: MARK },
      logLevel: 'silent',
      ...entryOf(path, exports),
      plugins: [libraryPlugin],
    });
    return {
      inputs: await Promise.all(
        Object.keys(metafile!.inputs)
          .filter(input => input !== '<stdin>')
          .map(input => inputOf(resolve(input))),
      ),
      content: outputFiles![0]!.contents,
    };
  } catch (error) {
    if (error instanceof OptionError) throw error;
    throw new OptionError(`install: cannot bundle '${path}': ${(error as Error).message}`);
  }
}

async function exportsOf(esbuild: typeof Esbuild, path: string): Promise<readonly string[]> {
  const { metafile } = await esbuild.build({
    entryPoints: [path],
    bundle: false,
    write: false,
    metafile: true,
    format: 'esm',
    logLevel: 'silent',
    outdir: '.',
  });
  return Object.values(metafile.outputs)[0]!.exports;
}

/** A program that has a `main` gets the `start` that a bundle has to export. */
function entryOf(path: string, exports: readonly string[]): Esbuild.BuildOptions {
  if (exports.includes('start')) return { entryPoints: [path] };
  const main = ['main', 'default'].find(name => exports.includes(name));
  if (main === undefined) {
    throw new OptionError(
      `install: '${path}' exports no main; write: export function main(argv: string[]): number { … return 0; }`,
    );
  }
  return {
    stdin: {
      contents: `import { ${main} as main } from ${JSON.stringify(path)};
        import { program } from '${LIBRARY}';
        export const start = program(main);`,
      resolveDir: dirname(path),
    },
  };
}

/** The libc of this package, wherever the program lies: the program and its start must have the same one. */
const libraryPlugin: Esbuild.Plugin = {
  name: 'lodger/program',
  setup({ onResolve }) {
    onResolve({ filter: /^lodger\/program$/ }, () => ({ path: fileURLToPath(LIBRARY_FILE) }));
  },
};

async function inputOf(path: string): Promise<Input> {
  const { mtimeMs, size } = await stat(path);
  return { path, mtimeMs, size };
}

async function isUnchanged(inputs: readonly Input[]): Promise<boolean> {
  try {
    const now = await Promise.all(inputs.map(({ path }) => inputOf(path)));
    return now.every(({ mtimeMs, size }, i) => mtimeMs === inputs[i]!.mtimeMs && size === inputs[i]!.size);
  } catch {
    return false;
  }
}
