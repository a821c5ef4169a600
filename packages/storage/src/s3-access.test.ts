import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { scriptedKey, startScriptedS3, type ScriptedS3 } from '../testing/index.ts';
import type { S3Credentials, S3Settings } from './s3-settings.ts';
import { createS3Storage } from './s3-storage.ts';
import type { ObjectStorage } from './storage.ts';

const { signal } = new AbortController();
const contentType = 'image/jpeg';

let s3: ScriptedS3;
let storages: ObjectStorage[];
beforeEach(async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  storages = [];
  s3 = await startScriptedS3();
  s3.objects.add('a.jpg', Buffer.from('pixels'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
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

async function useAll(storage: ObjectStorage): Promise<void> {
  expect(Buffer.from(await storage.get('a.jpg', { maxBytes: 9, signal })).toString()).toBe('pixels');
  expect(await storage.head('a.jpg', { signal })).toMatchObject({ bytes: 6 });
  await storage.put('b.jpg', Buffer.from('x'), { contentType, signal });
  await storage.ping({ signal });
  expect((await storage.list('a', { signal })).keys).toEqual(['a.jpg']);
  await storage.remove(['b.jpg'], { signal });
}

/** What anyone gets who has the URLs. */
async function usePresigned(storage: ObjectStorage): Promise<number[]> {
  const put = await storage.presignPut('c.jpg', { expiresInS: 60, contentType, bytes: 6 });
  const stored = await fetch(put.url, { method: 'PUT', headers: put.headers, body: 'pixels' });
  const got = await fetch(await storage.presignGet('c.jpg', { expiresInS: 60 }));
  return [stored.status, got.status];
}

describe('a bucket in another region than the settings say', () => {
  it.each(['AuthorizationHeaderMalformed', 'PermanentRedirect'] as const)(
    'is found by what S3 answers, once for everything: %s',
    async (otherRegion) => {
      Object.assign(s3, { region: 'eu-central-1', otherRegion });
      const storage = open();
      await storage.ping({ signal });
      expect(s3.requests).toHaveLength(2);
      await useAll(storage);
      expect(await usePresigned(storage)).toEqual([200, 200]);
      const regions = s3.requests.map(({ headers, url }) => headers.authorization ?? url.search);
      expect(regions.filter((text) => text.includes('us-east-1'))).toHaveLength(1);
    },
  );

  it.each(['AuthorizationHeaderMalformed', 'PermanentRedirect'] as const)(
    'is found by the size of a photo, too, whose answer has no body: %s',
    async (otherRegion) => {
      Object.assign(s3, { region: 'eu-central-1', otherRegion });
      expect(await open().head('a.jpg', { signal })).toEqual({ bytes: 6 });
    },
  );

  it('is the reason if S3 does not say which', async () => {
    Object.assign(s3, { region: 'eu-central-1', otherRegion: 'TemporaryRedirect' });
    await expect(open().ping({ signal })).rejects.toMatchObject({
      ...{ code: 'storage_unavailable', reason: 'wrong_region', retryable: true },
    });
  });

  it.each(['evil.example/x?', 'eu-west-1.evil.example'])('is no reason to send anything to %s', async (region) => {
    s3.refusal = () => ({ name: 'PermanentRedirect', headers: { 'x-amz-bucket-region': region } });
    await expect(open().ping({ signal })).rejects.toMatchObject({ reason: 'wrong_region' });
    expect(s3.requests).toHaveLength(1);
  });
});

describe('a clock that is wrong', () => {
  it.each([-3, 3])('by %i hours is corrected by what S3 answers, for presigned URLs as well', async (hours) => {
    s3.clockOffsetMs = hours * 3_600_000;
    const storage = open();
    await storage.ping({ signal });
    await useAll(storage);
    expect(await usePresigned(storage)).toEqual([200, 200]);
    const hour = new Date().toISOString().slice(0, 13).replaceAll('-', '');
    const times = s3.requests.map(({ headers, url }) => headers['x-amz-date'] ?? url.searchParams.get('X-Amz-Date'));
    expect(times.filter((time) => String(time).startsWith(hour))).toHaveLength(1);
  });

  it('is the reason if S3 does not tell its time', async () => {
    s3.refusal = () => 'RequestTimeTooSkewed';
    await expect(open().ping({ signal })).rejects.toMatchObject({ code: 'storage_unavailable', reason: 'clock_skew' });
  });
});

const session = (name: string): Required<S3Credentials> => ({
  ...{ accessKeyId: `key-${name}`, secretAccessKey: `secret ${name}`, sessionToken: `token ${name}` },
});

describe('credentials that are not valid anymore', () => {
  const old = session('OLD');
  const renewed = session('NEW');

  beforeEach(() => {
    s3.keys = [old];
  });
  const expire = (): void => void Object.assign(s3, { keys: [renewed], expiredTokens: [old.sessionToken] });
  const remove = (): void => void Object.assign(s3, { keys: [renewed] });

  it.each([
    ['expire', expire],
    ['are removed', remove],
  ])('because they %s are read again, and the call is repeated once', async (_how, change) => {
    const readCredentials = vi.fn(() => renewed);
    const storage = open({ credentials: old, readCredentials });
    await useAll(storage);
    change();
    const before = s3.requests.length;
    await useAll(storage);
    expect(readCredentials).toHaveBeenCalledOnce();
    expect(s3.requests.length - before).toBe(7);
    expect(await usePresigned(storage)).toEqual([200, 200]);
  });

  it('are renewed once for all requests that met this', async () => {
    const readCredentials = vi.fn(() => renewed);
    const storage = open({ credentials: old, readCredentials });
    expire();
    const reads = Array.from({ length: 20 }, () => storage.get('a.jpg', { maxBytes: 9, signal }));
    await Promise.all([...reads, storage.head('a.jpg', { signal }), storage.ping({ signal })]);
    expect(readCredentials).toHaveBeenCalledOnce();
  });

  it('are the reason if there are no others, and are not asked for with each request', async () => {
    const readCredentials = vi.fn(() => old);
    const storage = open({ credentials: old, readCredentials });
    expire();
    const gone = { code: 'storage_unavailable', reason: 'expired_credentials', retryable: true };
    for (let i = 0; i < 5; i++) await expect(storage.ping({ signal })).rejects.toMatchObject(gone);
    await expect(storage.head('a.jpg', { signal })).rejects.toMatchObject(gone);
    expect(readCredentials).toHaveBeenCalledOnce();
  });

  it('stay in use while others cannot be read', async () => {
    const storage = open({
      credentials: old,
      readCredentials: () => {
        throw new Error('ENOENT');
      },
    });
    s3.script('ExpiredToken');
    await expect(storage.ping({ signal })).rejects.toMatchObject({ reason: 'expired_credentials' });
    await useAll(storage);
  });

  it('are replaced soon by others, even while they are still valid', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    s3.keys = [old, renewed];
    const storage = open({ credentials: old, readCredentials: () => renewed });
    await storage.ping({ signal });
    vi.advanceTimersByTime(11_000);
    await storage.ping({ signal });
    const used = s3.requests.map(({ headers }) => headers['x-amz-security-token']);
    expect(used).toEqual([old.sessionToken, renewed.sessionToken]);
  });
});
