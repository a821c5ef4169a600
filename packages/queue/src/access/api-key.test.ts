import { expect, test } from 'vitest';
import { createApiKey, formatApiKey, hashSecret, matchesHash, parseApiKey } from './api-key.ts';

test('a key is read back as it was created, and no two are alike', () => {
  const key = createApiKey();
  expect(parseApiKey(formatApiKey(key))).toEqual(key);
  expect(createApiKey()).not.toEqual(key);
  expect(key.secret).toHaveLength(64);
});

test.each(['', 'm2fp_', 'm2fp_0123456789abcdef_00', ` ${formatApiKey(createApiKey())}`, 'Bearer x'])(
  'something that is not a key is not read as one: %j',
  (text) => expect(parseApiKey(text)).toBeUndefined(),
);

test('a hash matches only its own secret', () => {
  const { secret } = createApiKey();
  expect(matchesHash(secret, hashSecret(secret))).toBe(true);
  expect(matchesHash(createApiKey().secret, hashSecret(secret))).toBe(false);
  expect(matchesHash(secret, 'ab')).toBe(false);
});
