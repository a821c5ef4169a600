import { describe, expect, it } from 'vitest';
import { leftoverFaults, storedPhotos } from './leftovers.ts';
import { keyKind } from './store-samples.ts';

const hex = '0123456789abcdef0123456789abcdef';

describe('keyKind', () => {
  it('is the name without what tells one from another', () => {
    expect(keyKind(`parse-portrait:job_${hex}`)).toBe('parse-portrait:*');
    expect(keyKind(`parse-portrait:job_${hex}:lock`)).toBe('parse-portrait:*:lock');
    expect(keyKind(`x:batch:batch_${hex}:in-flight`)).toBe('x:batch:*:in-flight');
    expect(keyKind(`x:delivery:msg_${hex}`)).toBe('x:delivery:*');
    expect(keyKind(`x:idempotency:anonymous:${hex}${hex}`)).toBe('x:idempotency:anonymous:*');
    expect(keyKind('x:sweep')).toBe('x:sweep');
  });
});

describe('leftoverFaults', () => {
  const clean = { objects: storedPhotos, openUploads: 0, keys: { 'x:sweep': 1, 'parse-portrait:meta': 1 } };

  it('finds none where everything has ended', () => {
    expect(leftoverFaults(clean)).toEqual([]);
  });

  it('finds uploads in parts, objects, jobs, locks and what counts the unfinished', () => {
    const keys = { 'parse-portrait:*': 2, 'webhooks:*:lock': 1, 'x:running-jobs:anonymous': 1, 'x:sweep:lock': 1 };
    expect(leftoverFaults({ objects: storedPhotos + 3, openUploads: 1, keys })).toEqual([
      '1 uploads in parts',
      '3 objects',
      '2 keys parse-portrait:*',
      '1 keys webhooks:*:lock',
      '1 keys x:running-jobs:anonymous',
    ]);
  });
});
