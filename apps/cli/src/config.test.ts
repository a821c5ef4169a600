import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

test('an empty environment gives defaults, and an empty variable is an absent one', () => {
  const config = readConfig({ M2FP_CACHE_DIR: '', THREADS: '' });
  expect(config.cacheDir).toMatch(/m2fp/);
  expect(config.threads).toBeGreaterThan(0);
  expect(config.debug).toBe(false);
});

test('variables are taken, and refused by name', () => {
  expect(readConfig({ M2FP_CACHE_DIR: '/cache', THREADS: '3', M2FP_DEBUG: '1' })).toMatchObject({
    cacheDir: '/cache',
    threads: 3,
    debug: true,
  });
  expect(() => readConfig({ THREADS: 'many' })).toThrow('THREADS');
});
