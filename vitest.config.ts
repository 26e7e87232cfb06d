import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{runtime,components,infra,local,bench,scripts}/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
