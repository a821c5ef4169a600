import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// No test is about speed: on a busy machine, tests take longer and still pass.
const patience = { hookTimeout: 240_000, expect: { poll: { timeout: 60_000 } } };
// One process for many files: loading the same modules again took a third of the time.
const isolate = false;

/** Begins with what waits for a minute or two: as one of the last files, it would be waited for. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith('/test/chaos.test.ts');
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    // For the two cores of the target machine: while one file waits, as for a lock to expire, others compute.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    coverage: {
      include: ['{apps,packages}/*/{src,browser}/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.generated.ts'],
      reporter: ['text-summary', 'html', 'lcov'],
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{apps,packages}/*/{src,browser,testing}/**/*.test.ts', 'infra/**/*.test.ts'],
          ...patience,
          testTimeout: 60_000,
          isolate,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/recipes/**', 'test/page/**'],
          ...patience,
          testTimeout: 240_000,
          isolate,
          globalSetup: ['test/setup/services.ts'],
        },
      },
      {
        // `npm run test:page`: needs Chromium, which npm does not install.
        test: {
          name: 'page',
          include: ['test/page/**/*.test.ts'],
          ...patience,
          testTimeout: 240_000,
          globalSetup: ['test/setup/services.ts'],
        },
      },
    ],
  },
});
