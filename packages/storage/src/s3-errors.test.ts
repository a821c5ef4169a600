import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { scriptedKey, startScriptedS3, type ScriptedS3 } from '../testing/index.ts';
import { createS3Storage } from './s3-storage.ts';
import type { ObjectStorage } from './storage.ts';

const { signal } = new AbortController();
const contentType = 'image/jpeg';

let s3: ScriptedS3;
let storage: ObjectStorage;
beforeEach(async () => {
  // Pauses between attempts are drawn from zero up.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  s3 = await startScriptedS3();
  s3.objects.add('a.jpg', Buffer.from('pixels'));
  storage = open();
});
afterEach(async () => {
  vi.restoreAllMocks();
  storage.close();
  await s3.stop();
});

const open = (changes = {}): ObjectStorage =>
  createS3Storage({
    ...{ endpoint: s3.endpoint, region: 'us-east-1', bucket: s3.bucket, forcePathStyle: true },
    credentials: scriptedKey,
    ...changes,
  });

const operations = {
  get: () => storage.get('a.jpg', { maxBytes: 100, signal }),
  head: () => storage.head('a.jpg', { signal }),
  stream: () => storage.getStream('a.jpg', { signal }),
  put: () => storage.put('b.jpg', Buffer.from('x'), { contentType, signal }),
  putStream: () => storage.putStream('b.jpg', parts(), { contentType, maxBytes: 1e8, signal }),
  list: () => storage.list('', { signal }),
  remove: () => storage.remove(['a.jpg'], { signal }),
  ping: () => storage.ping({ signal }),
};
const all = Object.entries(operations);

/** More than one part. */
async function* parts(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 6; i++) yield Buffer.alloc(2 ** 20, i);
}

describe('what is over soon', () => {
  it.each([
    ...(['SlowDown', 'TooManyRequests', 'ThrottlingException', 'ServiceUnavailable', 'InternalError'] as const),
    'RequestTimeout' as const,
  ])('is not noticed by any operation: %s', async (name) => {
    for (const [, run] of all) {
      s3.script(name, name);
      await run();
    }
  });

  it.each([
    ['SlowDown', 'slow_down'],
    ['TooManyRequests', 'slow_down'],
    ['ThrottlingException', 'slow_down'],
    ['ServiceUnavailable', 'failing'],
    ['InternalError', 'failing'],
    ['RequestTimeout', 'timeout'],
  ] as const)('and lasts, is told apart, and another attempt is allowed: %s', async (name, reason) => {
    s3.refusal = () => name;
    for (const [what, run] of all) {
      // An answer to HEAD has no body: too many requests look like any other 503.
      const seen = what === 'head' && name === 'SlowDown' ? 'failing' : reason;
      await expect(run(), what).rejects.toMatchObject({ code: 'storage_unavailable', reason: seen, retryable: true });
    }
    expect([...s3.objects.uploads]).toEqual([]);
  });

  it('is not made worse: of many requests at once, few are repeated', async () => {
    s3.refusal = () => 'SlowDown';
    const many = 60;
    await Promise.allSettled(Array.from({ length: many }, operations.get));
    const first = s3.requests.length;
    // The budget is 500, of which each repeated request takes 5; without it, each would be sent three times.
    expect(first).toBeLessThanOrEqual(many + 100);
    await Promise.allSettled(Array.from({ length: many }, operations.get));
    expect(s3.requests.length - first).toBeLessThanOrEqual(many);
  });
});

describe('what an operator has to mend', () => {
  it.each([
    ['InvalidAccessKeyId', 'wrong_credentials'],
    ['SignatureDoesNotMatch', 'wrong_credentials'],
    ['InvalidToken', 'wrong_credentials'],
    ['ExpiredToken', 'expired_credentials'],
    ['NoSuchBucket', 'no_such_bucket'],
    ['AllAccessDisabled', 'access_denied'],
    ['KMS.DisabledException', 'encryption_key'],
    ['QuotaExceeded', 'storage_full'],
    ['XMinioStorageFull', 'storage_full'],
    ['TemporaryRedirect', 'wrong_region'],
    ['InvalidRequest', 'refused'],
  ] as const)('fails no job for good, and is told apart: %s', async (name, reason) => {
    s3.refusal = () => name;
    for (const [what, run] of all) {
      await expect(run(), what).rejects.toMatchObject({ code: 'storage_unavailable', reason, retryable: true });
    }
  });

  it('is our right to the key of the encryption, not the user’s photo', async () => {
    const message = 'User: arn:aws:sts::1:r is not authorized to perform: kms:Decrypt on the resource';
    s3.refusal = () => ({ name: 'AccessDenied', message });
    for (const [what, run] of all) {
      await expect(run(), what).rejects.toMatchObject({ code: 'storage_unavailable', reason: 'encryption_key' });
    }
  });

  it('never shows a client what S3 said', async () => {
    s3.refusal = () => 'SignatureDoesNotMatch';
    const message = 'Object storage cannot be used right now: it does not accept the credentials.';
    await expect(operations.get()).rejects.toMatchObject({ message });
  });
});

describe('a prefix that we have no rights to', () => {
  it('denies input or output there, at once, and lists nothing', async () => {
    s3.refusal = ({ key, url }) =>
      key.startsWith('b') || url.searchParams.get('prefix') === 'b' ? 'AccessDenied' : undefined;
    const denied = { code: 'input_denied', retryable: false, reason: 'access_denied' };
    await expect(storage.get('b/1', { maxBytes: 9, signal })).rejects.toMatchObject(denied);
    await expect(storage.head('b/1', { signal })).rejects.toMatchObject(denied);
    await expect(operations.put()).rejects.toMatchObject({ ...denied, code: 'output_denied' });
    await expect(operations.putStream()).rejects.toMatchObject({ ...denied, code: 'output_denied' });
    await expect(storage.list('b', { signal })).rejects.toMatchObject({
      ...{ code: 'storage_unavailable', reason: 'access_denied', retryable: true },
    });
    await operations.get();
    await operations.ping();
  });

  it('denies input that is archived', async () => {
    s3.refusal = () => 'InvalidObjectState';
    await expect(operations.get()).rejects.toMatchObject({ code: 'input_denied', retryable: false });
  });
});

test('an object that is missing is told from a bucket that is, also by its size', async () => {
  expect(await storage.head('nothing', { signal })).toBeUndefined();
  const elsewhere = open({ bucket: 'other' });
  const gone = { code: 'storage_unavailable', reason: 'no_such_bucket' };
  await expect(elsewhere.head('a.jpg', { signal })).rejects.toMatchObject(gone);
  await expect(elsewhere.ping({ signal })).rejects.toMatchObject(gone);
  elsewhere.close();
});

test('a server that is not there is unreachable', async () => {
  const dead = open({ endpoint: 'http://127.0.0.1:9' });
  await expect(dead.ping({ signal })).rejects.toMatchObject({ code: 'storage_unavailable', reason: 'unreachable' });
  dead.close();
});
