/** docs/troubleshooting.md has each error code, with what the code does. */
import { readFileSync } from 'node:fs';
import { errorCodes, isRetryable, type ErrorCode } from '@m2fp/contract';
import { expect, test } from 'vitest';
import { problemKinds } from './problem.ts';

const page = readFileSync(new URL('../../../../docs/troubleshooting.md', import.meta.url), 'utf8');
const entries = new Map(
  [...page.matchAll(/^### `(\w+)`\n\n(HTTP \d+\..*)\n\n/gm)].map(([, code = '', facts = '']) => [code, facts]),
);

test('every error code has its entry, and there is none of a code that does not exist', () => {
  expect([...entries.keys()].sort()).toEqual([...errorCodes].sort());
});

test.each([...errorCodes])('%s: the entry has its status, and says whether a job is tried again', (code: ErrorCode) => {
  const facts = entries.get(code) ?? '';
  expect(facts).toContain(`HTTP ${problemKinds[code].status}.`);
  if (/A job is/.test(facts)) expect(/A job is tried again/.test(facts)).toBe(isRetryable(code));
  else expect(isRetryable(code)).toBe(false);
});
