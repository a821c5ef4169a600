/** Buckets as people set them up: with versions, with encryption that a policy demands, with a retention. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scriptedKey, startScriptedS3, type ScriptedS3 } from '../testing/index.ts';
import type { S3Settings } from './s3-settings.ts';
import { createS3Storage } from './s3-storage.ts';
import type { ObjectStorage } from './storage.ts';

const { signal } = new AbortController();
const contentType = 'image/jpeg';

let s3: ScriptedS3;
let storages: ObjectStorage[];
beforeEach(async () => {
  storages = [];
  s3 = await startScriptedS3();
});
afterEach(async () => {
  for (const storage of storages) storage.close();
  await s3.stop();
});

function open(changes: Partial<S3Settings> = {}): ObjectStorage {
  const storage = createS3Storage({
    ...{ endpoint: s3.endpoint, region: 'us-east-1', bucket: s3.bucket, forcePathStyle: true },
    credentials: scriptedKey,
    ...changes,
  });
  storages.push(storage);
  return storage;
}

/** In more than one part. */
async function* parts(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 6; i++) yield Buffer.alloc(2 ** 20, i);
}

const putAll = async (storage: ObjectStorage): Promise<void> => {
  await storage.put('a.jpg', Buffer.from('pixels'), { contentType, signal });
  await storage.putStream('b.json', parts(), { contentType, maxBytes: 1e8, signal });
};

describe('a bucket that keeps versions', () => {
  it('has what was written last, and nothing once that is removed, whatever versions stay', async () => {
    const storage = open();
    for (const text of ['one', 'other']) await storage.put('a.jpg', Buffer.from(text), { contentType, signal });
    expect(Buffer.from(await storage.get('a.jpg', { maxBytes: 9, signal })).toString()).toBe('other');
    await storage.remove(['a.jpg'], { signal });
    expect(await storage.head('a.jpg', { signal })).toBeUndefined();
    await expect(storage.get('a.jpg', { maxBytes: 9, signal })).rejects.toMatchObject({ code: 'input_not_found' });
    expect((await storage.list('', { signal })).keys).toEqual([]);
    expect(s3.objects.versions.get('a.jpg')).toHaveLength(3);
    await storage.put('a.jpg', Buffer.from('again'), { contentType, signal });
    expect(await storage.head('a.jpg', { signal })).toMatchObject({ bytes: 5 });
  });

  it('never loses a version by a request of ours', async () => {
    const storage = open();
    await putAll(storage);
    await storage.remove(['a.jpg', 'b.json'], { signal });
    expect(s3.requests.filter(({ url }) => url.searchParams.has('versionId'))).toEqual([]);
  });
});

describe('a bucket whose policy demands encryption', () => {
  const kmsKeyId = 'arn:aws:kms:us-east-1:111122223333:key/1';

  it.each([
    ['AES256', { algorithm: 'AES256' }, {}],
    ['aws:kms', { algorithm: 'aws:kms' }, {}],
    [
      'aws:kms',
      { algorithm: 'aws:kms', kmsKeyId, bucketKey: true },
      {
        'x-amz-server-side-encryption-aws-kms-key-id': kmsKeyId,
        'x-amz-server-side-encryption-bucket-key-enabled': 'true',
      },
    ],
  ] as const)('takes objects and uploads with %s: %j', async (demanded, encryption, more) => {
    s3.demandedEncryption = demanded;
    const storage = open({ encryption });
    await putAll(storage);
    const expected = { 'x-amz-server-side-encryption': demanded, ...more };
    expect(s3.objects.current('a.jpg')?.headers).toMatchObject(expected);
    const { url, headers } = await storage.presignPut('c.jpg', { expiresInS: 60, contentType, bytes: 6 });
    expect(headers).toEqual({ 'content-type': contentType, 'content-length': '6', ...expected });
    expect((await fetch(url, { method: 'PUT', headers, body: 'pixels' })).status).toBe(200);
    expect(s3.objects.current('c.jpg')?.headers).toMatchObject(expected);
    // What is not sent, or is something else, does not fit the signature.
    const without = { 'content-type': contentType };
    expect((await fetch(url, { method: 'PUT', headers: without, body: 'pixels' })).status).toBe(403);
  });

  it('denies the output of whoever was not told', async () => {
    s3.demandedEncryption = 'aws:kms';
    const put = open().put('a.jpg', Buffer.from('x'), { contentType, signal });
    await expect(put).rejects.toMatchObject({ code: 'output_denied', reason: 'access_denied' });
  });
});

describe('a bucket with Object Lock and a default retention', () => {
  beforeEach(() => {
    s3.demandsChecksum = true;
  });

  it('takes what comes with a checksum, in one piece and in parts', async () => {
    const storage = open({ checksums: true });
    await putAll(storage);
    expect(await storage.head('b.json', { signal })).toMatchObject({ bytes: 6 * 2 ** 20 });
  });

  it('takes an upload to a presigned URL that sends one along, which the URL itself does not have', async () => {
    const options = { expiresInS: 60, contentType, bytes: 6 };
    const { url, headers } = await open({ checksums: true }).presignPut('c.jpg', options);
    expect(url).not.toMatch(/checksum/i);
    const upload = { method: 'PUT', body: 'pixels' };
    expect((await fetch(url, { ...upload, headers })).status).toBe(400);
    const md5 = { 'content-md5': createHash('md5').update('pixels').digest('base64') };
    expect((await fetch(url, { ...upload, headers: { ...headers, ...md5 } })).status).toBe(200);
  });

  it('is the operator’s to explain if no checksums were asked for', async () => {
    const put = open().put('a.jpg', Buffer.from('x'), { contentType, signal });
    await expect(put).rejects.toMatchObject({ code: 'storage_unavailable', reason: 'refused' });
  });
});
