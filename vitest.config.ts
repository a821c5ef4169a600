import { defineConfig } from 'vitest/config';

// Nothing here is about speed: on a busy machine a test waits for longer and passes all the same.
const patience = { hookTimeout: 240_000, expect: { poll: { timeout: 60_000 } } };

export default defineConfig({
  test: {
    // Two cores are the machine this is made for: more files at once only slow each other past their deadlines.
    maxWorkers: 2,
    coverage: {
      include: ['{apps,packages}/*/{src,browser}/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.generated.ts'],
      reporter: ['text-summary', 'html', 'lcov'],
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{apps,packages}/*/{src,browser,testing}/**/*.test.ts'],
          ...patience,
          testTimeout: 60_000,
          // One process for many files: a third of the time was spent on loading the same modules again.
          isolate: false,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          ...patience,
          testTimeout: 240_000,
          globalSetup: ['test/setup/services.ts'],
        },
      },
    ],
  },
});
