import { expect, test } from 'vitest';
import { installAdvice } from './install-advice.ts';

test('the advice says what was tried and what helps', async () => {
  const advice = await installAdvice(undefined, ['packages: no network']);
  expect(advice).toContain('packages: no network');
  expect(advice).toContain('REDIS_URL');
  expect(advice).toContain('Docker');
});

test('a source that was asked for is named', async () => {
  expect(await installAdvice('container', [])).toContain('container engine');
});
