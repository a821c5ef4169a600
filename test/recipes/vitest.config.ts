import { defineConfig } from 'vitest/config';

/** `npm run recipes`: needs Python and packages from its registry, so it is no part of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/recipes/*.test.ts'],
    globalSetup: ['test/recipes/setup.ts'],
    // The first run installs 300 MB, and each recipe parses photos.
    hookTimeout: 900_000,
    testTimeout: 300_000,
  },
});
