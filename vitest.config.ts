import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{kernel,host,userland,rootfs,test}/**/*.test.ts'],
    globalSetup: ['test/build.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
