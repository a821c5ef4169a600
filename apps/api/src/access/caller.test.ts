import { expect, test } from 'vitest';
import { testSettings } from '../../testing/test-api.ts';
import { anonymousCaller, callerFromKey } from './caller.ts';

const record = {
  v: 1,
  id: '0123456789abcdef',
  name: 'test',
  secret_sha256: '0'.repeat(64),
  scopes: ['jobs:write'],
  input_prefixes: null,
  output_prefixes: null,
  requests_per_minute: 60,
  jobs_at_once: 2,
  created_at: '2026-01-02T03:04:05.678Z',
  revoked_at: null,
} as const;

test('a key’s caller has its id, scopes and limits', () => {
  const caller = callerFromKey({ ...record, scopes: ['jobs:write'] }, testSettings);
  expect(caller).toMatchObject({ owner: '0123456789abcdef', requestsPerMinute: 60, jobsAtOnce: 2 });
  expect([caller.may('jobs:write'), caller.may('jobs:read'), caller.may('admin')]).toEqual([true, false, false]);
});

test.each([
  ['everything that the API allows', null, ['inputs/', 'uploads/']],
  ['what both allow, and uploads', ['inputs/a/', 'secrets/'], ['inputs/a/', 'uploads/']],
  ['only uploads, if they allow nothing in common', ['secrets/'], ['uploads/']],
])('a key reads %s', (_what, granted, readable) => {
  const key = { ...record, scopes: [...record.scopes], input_prefixes: granted };
  expect(callerFromKey(key, testSettings).inputPrefixes).toEqual(readable);
});

test.each([
  ['to the API’s default', null, 'results/'],
  ['to its own first prefix, if it may not write to the default', ['albums/a/', 'results/b/'], 'albums/a/'],
])('a key writes %s', (_where, granted, prefix) => {
  const key = { ...record, scopes: [...record.scopes], output_prefixes: granted };
  expect(callerFromKey(key, testSettings).defaultOutputPrefix).toBe(prefix);
});

test('an anonymous caller manages the queues only on the machine itself, and has no limits', () => {
  expect(anonymousCaller(true, testSettings).may('admin')).toBe(true);
  const remote = anonymousCaller(false, testSettings);
  expect([remote.may('admin'), remote.may('jobs:write'), remote.may('metrics')]).toEqual([false, true, true]);
  expect(remote).toMatchObject({ owner: 'anonymous', requestsPerMinute: null, jobsAtOnce: null });
});
