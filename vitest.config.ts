import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Two cores are the machine this is made for: more files at once only slow each other past their deadlines.
    maxWorkers: 2,
    projects: [
      { test: { name: 'unit', include: ['{apps,packages}/*/{src,browser}/**/*.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          globalSetup: ['test/setup/services.ts'],
        },
      },
    ],
  },
});
