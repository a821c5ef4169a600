import { ownerShares, shareNames } from '@m2fp/contract';
import type { ShareLimits } from '@m2fp/contract';
import { expect, test } from 'vitest';
import { testSettings } from '../../testing/test-api.ts';
import { anonymousCaller, callerFromKey } from './caller.ts';

const record = {
  v: 2,
  id: '0123456789abcdef',
  name: 'test',
  owner: 'shop',
  secret_sha256: '0'.repeat(64),
  scopes: ['jobs:write'],
  input_prefixes: null,
  output_prefixes: null,
  shares: { requests: 60, jobs: 2 },
  created_at: '2026-01-02T03:04:05.678Z',
  expires_at: null,
  revoked_at: null,
} as const;
const shares = Object.fromEntries(shareNames.map((name) => [name, ownerShares[name].default])) as ShareLimits;

test('a key’s caller is its owner, with its scopes, and its shares before the API’s', () => {
  const caller = callerFromKey({ ...record, scopes: ['jobs:write'] }, testSettings, shares);
  expect(caller).toMatchObject({ owner: 'shop', keyId: '0123456789abcdef', uploadPrefix: 'uploads/shop/' });
  expect(caller.limits).toEqual({ ...shares, requests: 60, jobs: 2 });
  expect([caller.may('jobs:write'), caller.may('jobs:read'), caller.may('admin')]).toEqual([true, false, false]);
});

test('an anonymous caller may do everything but manage the queues, and has no limits', () => {
  const caller = anonymousCaller(testSettings);
  expect([caller.may('admin'), caller.may('jobs:write'), caller.may('metrics')]).toEqual([false, true, true]);
  expect(caller).toMatchObject({ owner: 'anonymous', keyId: undefined, inputPrefixes: ['inputs/', 'uploads/'] });
  expect(new Set(Object.values(caller.limits))).toEqual(new Set([null]));
});
