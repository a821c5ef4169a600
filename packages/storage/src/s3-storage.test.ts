import { startFauxqs, type FauxqsServer } from 'fauxqs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeObjectStorage } from '../testing/conformance.ts';
import type { S3Settings } from './s3-settings.ts';
import { createS3Storage } from './s3-storage.ts';
import type { ObjectStorage } from './storage.ts';

const base = {
  region: 'us-east-1',
  bucket: 'photos',
  forcePathStyle: true,
  credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
};
const contentType = 'image/jpeg';
const never = (): AbortSignal => new AbortController().signal;

let s3: FauxqsServer;
let settings: S3Settings;
beforeAll(async () => {
  s3 = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  s3.createBucket(base.bucket);
  settings = { ...base, endpoint: `http://127.0.0.1:${s3.port}` };
});
afterAll(() => s3.stop());

describeObjectStorage('S3 storage', async () => {
  s3.emptyBucket(base.bucket);
  return createS3Storage(settings);
});

describe('presigned URLs', () => {
  let storage: ObjectStorage;
  afterEach(() => storage.close());

  it('let anyone put an object and get it back under a name', async () => {
    storage = createS3Storage(settings);
    const put = await storage.presignPut('uploads/a b.jpg', { expiresInS: 60, contentType, bytes: 6 });
    const stored = await fetch(put.url, { method: 'PUT', body: 'pixels', headers: put.headers });
    expect(stored.status).toBe(200);
    const url = await storage.presignGet('uploads/a b.jpg', { expiresInS: 60, fileName: 'größe "1".jpg' });
    const got = await fetch(url);
    expect(await got.text()).toBe('pixels');
    expect(new URL(url).searchParams.get('response-content-disposition')).toBe(
      `attachment; filename="gr__e _1_.jpg"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%221%22.jpg`,
    );
  });

  it('name the public endpoint, expire, and sign type and length, but no checksum', async () => {
    storage = createS3Storage({ ...settings, publicEndpoint: 'https://files.example.com' });
    const { url, headers } = await storage.presignPut('a.jpg', { expiresInS: 60, contentType, bytes: 1_000 });
    const put = new URL(url);
    expect(headers).toEqual({ 'content-type': contentType, 'content-length': '1000' });
    expect(put.origin + put.pathname).toBe('https://files.example.com/photos/a.jpg');
    expect(put.searchParams.get('X-Amz-Expires')).toBe('60');
    expect(put.searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host');
    expect([...put.searchParams.keys()].filter((name) => name.includes('checksum'))).toEqual([]);
  });

  it('put the bucket into the host name unless path style is requested', async () => {
    storage = createS3Storage({ ...settings, endpoint: 'https://s3.example.com', forcePathStyle: false });
    expect(await storage.presignGet('a.jpg', { expiresInS: 60 })).toMatch(
      /^https:\/\/photos\.s3\.example\.com\/a\.jpg\?/,
    );
  });
});

describe('S3 that fails', () => {
  let server: Server;
  let storage: ObjectStorage;
  /** Each request gets the next answer; the last one is repeated. */
  async function answering(...answers: ((response: ServerResponse) => void)[]): Promise<void> {
    server = createServer((request, response) => {
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      request.resume().on('end', () => answer?.(response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    storage = createS3Storage({ ...base, endpoint: `http://127.0.0.1:${port}` });
  }
  afterEach(async () => {
    storage.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const failure = (status: number, code: string) => (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
  };
  const object =
    (body: string, length = body.length) =>
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': length });
      response.write(body);
      if (length === body.length) response.end();
      else setTimeout(() => response.destroy(), 20);
    };
  const get = (): Promise<Uint8Array> => storage.get('a.jpg', { maxBytes: 100, signal: never() });
  const put = (): Promise<void> => storage.put('a.jpg', Buffer.from('x'), { contentType, signal: never() });

  it('is retried after a 500', async () => {
    await answering(failure(500, 'InternalError'), failure(503, 'SlowDown'), object('pixels'));
    expect(Buffer.from(await get()).toString()).toBe('pixels');
  });

  it('is storage_unavailable if it keeps failing, and another attempt is allowed', async () => {
    await answering(failure(500, 'InternalError'));
    await expect(get()).rejects.toMatchObject({ code: 'storage_unavailable', retryable: true });
  });

  it.each(['NoSuchBucket', 'InvalidAccessKeyId'])(
    'is storage_unavailable for %s, whatever the status',
    async (code) => {
      await answering(failure(404, code));
      await expect(get()).rejects.toMatchObject({ code: 'storage_unavailable' });
      await expect(storage.ping({ signal: never() })).rejects.toMatchObject({ code: 'storage_unavailable' });
    },
  );

  it('is input_denied or output_denied if it refuses', async () => {
    await answering(failure(403, 'AccessDenied'));
    await expect(get()).rejects.toMatchObject({ code: 'input_denied', retryable: false });
    await expect(storage.head('a.jpg', { signal: never() })).rejects.toMatchObject({ code: 'input_denied' });
    await expect(put()).rejects.toMatchObject({ code: 'output_denied', retryable: false });
  });

  it('is none for a ping if the bucket answers, even that we may not read there', async () => {
    await answering(failure(403, 'AccessDenied'), failure(404, 'NoSuchKey'), failure(403, 'SignatureDoesNotMatch'));
    await storage.ping({ signal: never() });
    await storage.ping({ signal: never() });
    await expect(storage.ping({ signal: never() })).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  it('is storage_unavailable if nothing listens', async () => {
    await answering(object(''));
    const dead = createS3Storage({ ...base, endpoint: 'http://127.0.0.1:9' });
    await expect(dead.ping({ signal: never() })).rejects.toMatchObject({ code: 'storage_unavailable' });
    dead.close();
  });

  it('is storage_unavailable if an object breaks off', async () => {
    await answering(object('pix', 6));
    await expect(get()).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  it('is not read past the cap, whatever length it declares', async () => {
    await answering(object('x'.repeat(101)), (response) => response.end('x'.repeat(101)));
    await expect(get()).rejects.toMatchObject({ code: 'image_too_large' });
    await expect(get()).rejects.toMatchObject({ code: 'image_too_large' });
  });

  it('is left alone as soon as the caller gives up', async () => {
    const abort = new AbortController();
    await answering((response) => {
      response.writeHead(200, { 'content-length': 9 });
      response.write('pix');
      setTimeout(() => abort.abort(new Error('enough')), 20);
    });
    await expect(storage.get('a.jpg', { maxBytes: 9, signal: abort.signal })).rejects.toThrow('enough');
  });
});

it('answers probes and other work while nobody reads what it sends, and uploads do not end', async () => {
  const server = createServer((request, response) => {
    // Reads and writes hang; all else is answered.
    if (request.method === 'HEAD') response.writeHead(200, { 'content-length': 7 }).end();
    else if (request.url?.includes('a.jpg')) response.writeHead(200).flushHeaders();
    else if (request.method === 'GET') response.end('<ListBucketResult/>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const storage = createS3Storage({ ...base, endpoint: `http://127.0.0.1:${port}` });
  const client = new AbortController();
  const { signal } = client;
  try {
    const reads = Array.from({ length: 100 }, () => storage.getStream('a.jpg', { signal }).catch(() => undefined));
    const writes = Array.from({ length: 100 }, () =>
      storage.put('b.jpg', Buffer.from('x'), { contentType, signal }).catch(() => undefined),
    );
    await Promise.all(reads.slice(0, 64));
    await expect(storage.ping({ signal: never() })).resolves.toBeUndefined();
    expect(await storage.head('c.jpg', { signal: never() })).toMatchObject({ bytes: 7 });
    expect((await storage.list('', { signal: never() })).keys).toEqual([]);
    client.abort(new Error('enough'));
    await Promise.all([...reads, ...writes]);
  } finally {
    storage.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
