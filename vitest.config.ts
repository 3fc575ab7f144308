import { defineConfig } from 'vitest/config'

// Unit and contract tests sit beside the source; whole-program tests live in test/.
export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.test.ts', 'test/architecture.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'program',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/architecture.test.ts',
            'test/charts.test.ts',
            'test/engine/**',
            'test/load-balancers/**',
          ],
          globalSetup: ['test/global-setup.ts'],
        },
      },
      // Minutes of helm: by `npm run test:charts`.
      {
        extends: true,
        test: { name: 'charts', include: ['test/charts.test.ts'], globalSetup: ['test/global-setup.ts'] },
      },
      // Two hundred load balancers, beside what the real controller made: by `npm run test:load-balancers`.
      {
        extends: true,
        test: {
          name: 'load-balancers',
          include: ['test/load-balancers/**/*.test.ts'],
          globalSetup: ['test/global-setup.ts'],
          testTimeout: 900_000,
        },
      },
      // Real containers, in a Podman of their own: by `npm run test:engine`, as root.
      {
        extends: true,
        test: {
          name: 'engine',
          include: ['test/engine/**/*.test.ts'],
          globalSetup: ['test/global-setup.ts'],
          fileParallelism: false,
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
    ],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'threads',
    maxWorkers: 2,
  },
})
