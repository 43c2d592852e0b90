/**
 * Builds what runs: the bundles (kernel thread, program threads, userland, API, command) and the default root file
 * system. `node build.mjs [--outdir DIR] [--types]`; with --types also the declarations of the API.
 */
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const at = process.argv.indexOf('--outdir');
const outdir = resolve(at > 0 ? process.argv[at + 1] : 'dist');
const staging = `${outdir}.new-${process.pid}`;
mkdirSync(staging, { recursive: true });

const common = {
  bundle: true,
  target: 'node20',
  sourcemap: true,
  sourcesContent: true,
  logLevel: 'warning',
};
const onNode = { ...common, platform: 'node', format: 'esm', packages: 'external' };

/**
 * The table of programs names them all, and each exec evaluates its bundle anew: only what runs shall be evaluated. In
 * the bundle, `import { cat } from './cat.ts'` of a table becomes a function that loads cat.ts when it is called.
 */
const lazyPrograms = {
  name: 'lazy programs',
  setup({ onLoad }) {
    onLoad({ filter: /userland\/[a-z]+\/programs\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replace(
        /^import \{([^}]*)\} from '(\.[^']*)';$/gm,
        (whole, names, from) =>
          names.trim().startsWith('type ')
            ? whole
            : names
                .split(',')
                .map(name => name.trim().split(/ as /))
                .filter(([name]) => name !== '')
                .map(([name, as = name]) => `const ${as} = argv => require('${from}').${name}(argv);`)
                .join(' '),
      ),
    }));
  },
};

/** What stands on the API uses the bundle that its users have: there is one class Guest, and one of each error. */
const sharedApi = {
  name: 'shared API',
  setup({ onResolve }) {
    onResolve({ filter: /\/api\/index\.ts$/ }, () => ({ path: './index.js', external: true }));
  },
};

await Promise.all([
  build({
    ...onNode,
    format: 'cjs',
    packages: 'bundle',
    entryPoints: ['host/node/kernel-thread.ts'],
    outfile: join(staging, 'kernel.js'),
    banner: { js: '#!lodger-kernel' },
  }),
  build({
    ...onNode,
    format: 'cjs',
    entryPoints: ['host/cpu/index.ts'],
    outfile: join(staging, 'processor.js'),
  }),
  // Worker threads begin with CommonJS: Node starts them some milliseconds faster.
  ...['kernel-loader', 'program-thread'].map(name =>
    build({
      ...onNode,
      format: 'cjs',
      entryPoints: [`host/node/${name}.ts`],
      outfile: join(staging, `${name}.cjs`),
    }),
  ),
  build({ ...onNode, entryPoints: ['host/api/index.ts'], outfile: join(staging, 'index.js') }),
  build({ ...onNode, entryPoints: ['host/testing/index.ts'], outfile: join(staging, 'testing.js') }),
  build({
    ...onNode,
    entryPoints: ['host/cli/main.ts'],
    outfile: join(staging, 'cli.js'),
    banner: { js: '#!/usr/bin/env node' },
  }),
  // Rarely used, and with libraries of its own: the command loads it when it is asked for.
  build({
    ...onNode,
    packages: 'bundle',
    entryPoints: ['host/roots/main.ts'],
    outfile: join(staging, 'roots.js'),
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  }),
  // For test runners; tap-parser is within.
  ...Object.entries({ vitest: 'vitest', test: 'node-test' }).map(([name, source]) =>
    build({
      ...onNode,
      packages: 'bundle',
      external: ['vitest'],
      plugins: [sharedApi],
      entryPoints: [`host/harness/${source}.ts`],
      outfile: join(staging, `${name}.js`),
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    }),
  ),
  // What native programs are written with: to be bundled with them.
  build({
    ...common,
    platform: 'neutral',
    format: 'esm',
    entryPoints: ['userland/program.ts'],
    outfile: join(staging, 'program.js'),
  }),
  build({ ...onNode, entryPoints: ['host/cli/disasm.ts'], outfile: join(staging, 'disasm.js') }),
  build({ ...onNode, entryPoints: ['rootfs/build.ts'], outfile: join(staging, 'rootfs.js') }),
  build({ ...onNode, entryPoints: ['host/node/code-cache.ts'], outfile: join(staging, 'code-cache.js') }),
]);
chmodSync(join(staging, 'cli.js'), 0o755);

// The userland: a native program for each bundle. It imports nothing of Node: it runs on the libc alone.
const { buildRootfs, toolsOfBundles } = await import(pathToFileURL(join(staging, 'rootfs.js')).href);
const bundleNames = [...toolsOfBundles.keys()];
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
await Promise.all(
  bundleNames.map(name =>
    build({
      ...common,
      sourcemap: name === 'lodger' ? 'linked' : false, // it is a kernel, which somebody may debug
      platform: 'neutral',
      mainFields: ['module', 'main'],
      format: 'cjs',
      stdin: {
        contents: `import { programs } from './${name}/programs.ts';
          import { multiCall } from './multi-call.ts';
          export const start = multiCall(programs);
          ${name === 'lodger' ? "export { runInnerPrograms as startThread } from '../host/guest/program-threads.ts';" : ''}`,
        resolveDir: 'userland',
        loader: 'ts',
      },
      outfile: join(staging, `userland-${name}.js`),
      define: { LODGER_VERSION: JSON.stringify(version) },
      banner: { js: '#!native' },
      minifyWhitespace: name !== 'lodger',
      minifySyntax: true,
      plugins: [lazyPrograms],
    }),
  ),
);
const bundles = new Map(bundleNames.map(name => [name, readFileSync(join(staging, `userland-${name}.js`))]));
const programs = [...bundles].map(([name, content]) => ({
  file: `userland-${name}.js`,
  sha256: createHash('sha256').update(content).digest('hex'),
}));
writeFileSync(join(staging, 'programs.json'), JSON.stringify(programs));
writeFileSync(
  join(staging, 'rootfs.cpio'),
  buildRootfs(new URL('rootfs/skeleton/', import.meta.url), bundles),
);

const { loadBundle, writeCodeCache } = await import(pathToFileURL(join(staging, 'code-cache.js')).href);
const processor = { exports: {} };
loadBundle(join(staging, 'processor.js'))(processor);
const { interpreter, index } = processor.exports.prepare();
writeFileSync(join(staging, 'interpreter.wasm'), interpreter);
writeFileSync(join(staging, 'forms.json'), JSON.stringify(index));

for (const file of ['kernel.js', 'processor.js', ...programs.map(({ file }) => file)])
  writeCodeCache(join(staging, file));
await warmUp().catch(error => console.error(`build: the code caches stay cold: ${error.message}`));
for (const tool of ['rootfs.js', 'code-cache.js']) {
  rmSync(join(staging, tool));
  rmSync(join(staging, `${tool}.map`));
}

if (process.argv.includes('--types')) {
  execFileSync(
    process.execPath,
    [
      fileURLToPath(new URL('node_modules/typescript/bin/tsc', import.meta.url)),
      ...['-p', 'tsconfig.types.json', '--outDir', join(staging, 'types')],
    ],
    { stdio: 'inherit' },
  );
}

rmSync(outdir, { recursive: true, force: true });
renameSync(staging, outdir);

/**
 * Runs a guest that writes its code caches, so that they hold what a kernel compiles on its way (host/node/code-cache.ts).
 * With a processor to try and programs for it on this host, those run too.
 */
async function warmUp() {
  const { boot } = await import(pathToFileURL(join(staging, 'index.js')).href);
  process.env.LODGER_WRITE_CODE_CACHES = '1';
  const guest = await boot(process.platform === 'linux' && process.arch === 'x64' ? { root: '/' } : {});
  try {
    const script =
      'ls -l / | sort | wc -l; for i in 1 2 3; do (exec true); done; cat < /etc/passwd > /dev/null';
    await guest.exec('/bin/sh', ['-c', script], { timeoutMs: 20_000 });
    // The kernel's thread writes when it serves a call from outside.
    for (let i = 0; i < 5; i++) {
      await new Promise(resolve => setTimeout(resolve, 100));
      await guest.fs.stat('/');
    }
  } finally {
    delete process.env.LODGER_WRITE_CODE_CACHES;
    await guest.shutdown();
  }
}
