import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineConfig } from 'vitest/config';

// In this repository the package is the one that was just built; elsewhere it is in node_modules, and this may go.
const dist = resolve(process.env['LODGER_DIST'] ?? new URL('../dist', import.meta.url).pathname);

export default defineConfig({
  root: import.meta.dirname,
  resolve: {
    alias: [
      { find: /^lodger$/, replacement: `${dist}/index.js` },
      { find: /^lodger\/(.*)$/, replacement: `${dist}/$1.js` },
    ],
  },
  server: { fs: { strict: false } },
  test: {
    include: ['**/*.test.ts'],
    globalSetup: [],
    testTimeout: 60_000,
    maxWorkers: 1,
    // kernel-debugger: Node has WebSocket without being asked from version 22 on.
    execArgv: Number(process.versions.node.split('.')[0]) < 22 ? ['--experimental-websocket'] : [],
    server: { deps: { external: [new RegExp(`^${pathToFileURL(dist).pathname}/`)] } },
  },
});
