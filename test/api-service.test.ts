/** The API in its own process, on real Redis and S3. */
import { startFaultyS3, startTcpLink } from '@m2fp/dev-services/faults';
import { connect } from 'node:net';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { runApi, startApi, waitUntilReady, type ApiProcess } from './support/api/api-process.ts';
import { startUpload } from './support/api/form-upload.ts';
import { until } from './support/worker/until.ts';

const mebibyte = 1024 * 1024;

function photo(bytes = 1000): Uint8Array<ArrayBuffer> {
  const content = new Uint8Array(bytes).fill(7);
  content.set([0xff, 0xd8, 0xff, 0xe0]);
  return content;
}

async function postJob(api: ApiProcess, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${api.url}/v1/jobs`, { method: 'POST', headers, body: JSON.stringify(body) });
}

/**
 * Asks for a file more often than the API has connections to read from S3, and does not read what it gets.
 * @param how HEAD, or GET whose client hangs up once it has the headers
 */
async function askAndLeave(url: string, how: 'HEAD' | 'GET'): Promise<void> {
  for (let count = 0; count < 70; count++) {
    const leaving = new AbortController();
    const response = await fetch(url, {
      method: how,
      signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(20_000)]),
    });
    expect([count, response.status]).toEqual([count, 200]);
    leaving.abort();
  }
}

/** S3, and how many multipart uploads were begun there and neither completed nor aborted. */
async function watchS3(): Promise<{ endpoint: string; unfinished: () => number }> {
  const watched = await startFaultyS3(inject('s3').endpoint);
  onTestFinished(() => watched.close());
  let begun = 0;
  let ended = 0;
  watched.fault = ({ method, path }) => {
    if (method === 'POST' && /[?&]uploads/.test(path)) begun++;
    else if (method !== 'PUT' && path.includes('uploadId=')) ended++;
    return undefined;
  };
  return { endpoint: watched.endpoint, unfinished: () => begun - ended };
}

describe('starting', () => {
  test('with invalid settings ends with 1 and a line for each, before anything listens', async () => {
    const lines: string[] = [];
    const api = await runApi({ PORT: 'many', REDIS_URL: 'redis://127.0.0.1:1' }, (line) => lines.push(line));
    expect(await api.exited).toMatchObject({ code: 1 });
    expect(lines[0]).toMatch(/^The API cannot start/);
    expect(lines.slice(1).map((line) => line.trim().split(':')[0])).toEqual(['PORT', 'S3_BUCKET']);
  });

  test('on a port that is taken ends with 1 and says so', async () => {
    const first = await startApi();
    const lines: string[] = [];
    const port = new URL(first.url).port;
    const second = await runApi({ PORT: port, S3_BUCKET: 'bucket' }, (line) => lines.push(line));
    expect(await second.exited).toMatchObject({ code: 1 });
    expect(lines.join('\n')).toContain(port);
  });
});

describe('photos in S3', () => {
  test('are uploaded through a presigned URL and used for a job by their key', async () => {
    const api = await startApi();
    await waitUntilReady(api);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ content_type: 'image/jpeg', bytes: photo().byteLength });
    const asked = await fetch(`${api.url}/v1/uploads`, { method: 'POST', headers, body });
    expect(asked.status).toBe(201);
    const upload = (await asked.json()) as {
      key: string;
      url: string;
      method: string;
      headers: Record<string, string>;
    };
    expect((await postJob(api, { input: { key: upload.key } })).status).toBe(404);

    const put = await fetch(upload.url, { method: upload.method, headers: upload.headers, body: photo() });
    expect(put.status).toBe(200);
    const created = await postJob(api, { input: { key: upload.key } });
    expect(created.status).toBe(202);
    const location = created.headers.get('location') ?? '';
    expect(await (await fetch(`${api.url}${location}`)).json()).toMatchObject({
      status: 'queued',
      input: { key: upload.key },
    });
  });
});

describe('downloads', () => {
  test('that are never read hold no connection to S3: HEAD, and clients that hang up', async () => {
    const api = await startApi();
    await waitUntilReady(api);
    const key = `${api.prefixes.input}photo.jpg`;
    const content = photo(3 * mebibyte);
    await api.putObject(key, content);
    const { id } = (await (await postJob(api, { input: { key } })).json()) as { id: string };
    const url = `${api.url}/v1/jobs/${id}/photo`;
    for (const how of ['HEAD', 'GET'] as const) {
      await askAndLeave(url, how);
      const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
      const bytes = Buffer.from(await response.arrayBuffer());
      expect([how, response.status, bytes.equals(content)]).toEqual([how, 200, true]);
    }
  });
});

describe('photos in the request', () => {
  test('are stored byte for byte while they arrive, with fields before and after', async () => {
    const api = await startApi();
    await waitUntilReady(api);
    const content = photo(6 * mebibyte);
    const upload = startUpload(api.url, { metadata: '{"order":"before"}' });
    for (let start = 0; start < content.length; start += mebibyte) {
      await upload.send(content.subarray(start, start + mebibyte));
    }
    upload.finish({ options: '{"short_side":320}' });
    const { status, body } = await upload.answer;
    expect(status).toBe(202);
    expect(body).toMatchObject({ metadata: { order: 'before' }, options: { short_side: 320 } });
    const { key } = body['input'] as { key: string };
    expect(Buffer.from(await api.getObject(key)).equals(content)).toBe(true);
  });

  test('above the limit are refused while they arrive, and leave nothing behind', async () => {
    const s3 = await watchS3();
    const api = await startApi({ MAX_IMAGE_BYTES: String(7 * mebibyte), S3_ENDPOINT: s3.endpoint });
    await waitUntilReady(api);
    const upload = startUpload(api.url);
    await upload.send(photo(8 * mebibyte));
    expect(await upload.answer).toMatchObject({ status: 413, body: { code: 'image_too_large' } });
    upload.abort();
    expect(await api.keys()).toEqual([]);
    expect(s3.unfinished()).toBe(0);
  });

  test('that break off leave nothing behind', async () => {
    const s3 = await watchS3();
    const api = await startApi({ S3_ENDPOINT: s3.endpoint });
    await waitUntilReady(api);
    const upload = startUpload(api.url);
    await upload.send(photo(6 * mebibyte));
    await until(() => s3.unfinished() === 1);
    upload.abort();
    await until(() => s3.unfinished() === 0);
    expect(await api.keys()).toEqual([]);
    await until(() => api.output().includes('"status":400'));
  });

  test('whose form is invalid after the photo leave nothing behind', async () => {
    const api = await startApi();
    await waitUntilReady(api);
    const upload = startUpload(api.url);
    await upload.send(photo());
    upload.finish({ shade: 'red' });
    expect(await upload.answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/shade' }] } });
    expect(await api.keys()).toEqual([]);
  });
});

describe('outages', () => {
  test('of Redis are answered with 503 immediately, and end when Redis is back', async () => {
    const redis = new URL(inject('redisUrl'));
    const proxy = await startTcpLink(Number(redis.port));
    onTestFinished(() => proxy.close());
    redis.port = String(proxy.port);
    const api = await startApi({ REDIS_URL: redis.href });
    await waitUntilReady(api);
    const key = `${api.prefixes.input}photo.jpg`;
    await api.putObject(key, photo());
    const created = await postJob(api, { input: { key } });
    const { id } = (await created.json()) as { id: string };

    proxy.disconnect();
    await until(async () => !(await fetch(`${api.url}/readyz`)).ok);
    for (const response of [await postJob(api, { input: { key } }), await fetch(`${api.url}/v1/jobs/${id}`)]) {
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).not.toBeNull();
      expect(await response.json()).toMatchObject({ code: 'queue_unavailable' });
    }
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200);

    proxy.connectTo(Number(new URL(inject('redisUrl')).port));
    await waitUntilReady(api);
    expect((await fetch(`${api.url}/v1/jobs/${id}`)).status).toBe(200);
    expect((await postJob(api, { input: { key } })).status).toBe(202);
  });

  test('of S3 are answered with 503, and end when S3 is back', async () => {
    const port = Number(new URL(inject('s3').endpoint).port);
    const proxy = await startTcpLink(port);
    onTestFinished(() => proxy.close());
    const api = await startApi({ S3_ENDPOINT: `http://127.0.0.1:${proxy.port}`, S3_TIMEOUT_MS: '1000' });
    await waitUntilReady(api);
    const key = `${api.prefixes.input}photo.jpg`;
    await api.putObject(key, photo());

    proxy.disconnect();
    const byKey = await postJob(api, { input: { key } });
    expect(byKey.status).toBe(503);
    expect(await byKey.json()).toMatchObject({ code: 'storage_unavailable' });
    const upload = startUpload(api.url);
    await upload.send(photo());
    upload.finish();
    expect(await upload.answer).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
    const readiness = async (): Promise<unknown> => (await fetch(`${api.url}/readyz`)).json();
    // What is told may be a second old.
    await expect.poll(readiness, { timeout: 5_000 }).toMatchObject({ checks: { storage: 'down', queue: 'up' } });

    proxy.connectTo(port);
    await waitUntilReady(api);
    expect((await postJob(api, { input: { key } })).status).toBe(202);
  });
});

describe('stopping', () => {
  test('lets an upload finish, accepts no more, and ends with 0 despite idle connections', async () => {
    const api = await startApi();
    await waitUntilReady(api);
    const upload = startUpload(api.url);
    await upload.send(photo());
    await until(() => api.output().includes('/readyz'));
    process.kill(api.pid, 'SIGTERM');
    await until(() => api.output().includes('"msg":"stopping"'));
    await until(() =>
      fetch(`${api.url}/healthz`).then(
        () => false,
        () => true,
      ),
    );
    upload.finish();
    const { status, body } = await upload.answer;
    expect(status).toBe(202);
    expect(await api.exited).toMatchObject({ code: 0 });
    expect(await api.keys()).toEqual([(body['input'] as { key: string }).key]);
  });

  test('cuts off uploads that do not finish in time, which leave nothing behind', async () => {
    const s3 = await watchS3();
    const api = await startApi({ SHUTDOWN_TIMEOUT_MS: '200', S3_ENDPOINT: s3.endpoint });
    await waitUntilReady(api);
    const upload = startUpload(api.url);
    await upload.send(photo(6 * mebibyte));
    await until(() => s3.unfinished() === 1);
    process.kill(api.pid, 'SIGTERM');
    expect(await api.exited).toMatchObject({ code: 0 });
    await expect(upload.answer).rejects.toThrow();
    expect(s3.unfinished()).toBe(0);
    expect(await api.keys()).toEqual([]);
  });

  test('works while Redis is down', async () => {
    const api = await startApi({ REDIS_URL: 'redis://127.0.0.1:1' });
    process.kill(api.pid, 'SIGTERM');
    expect(await api.exited).toMatchObject({ code: 0 });
  });
});

test('the log has each request with its id, but no key, no field and no signed URL', async () => {
  const api = await startApi();
  await waitUntilReady(api);
  const key = `${api.prefixes.input}marker-in-key.jpg`;
  const metadata = { note: 'marker-in-metadata' };
  await api.putObject(key, photo());
  await postJob(api, { input: { key }, metadata });
  await postJob(api, { input: { key: `${api.prefixes.input}marker-in-key-2.jpg` }, metadata });
  const headers = { 'content-type': 'application/json', 'x-request-id': 'request-42' };
  const body = JSON.stringify({ content_type: 'image/jpeg', bytes: photo().byteLength });
  await (await fetch(`${api.url}/v1/uploads`, { method: 'POST', headers, body })).json();
  await until(() => api.output().includes('request-42'));
  expect(api.output()).toMatch(/"requestId":"request-42".*"path":"\/v1\/uploads".*"status":201/);
  expect(api.output()).not.toMatch(/marker|X-Amz|Signature/i);
});

test('a request without a valid URL gets a problem document too', async () => {
  const api = await startApi();
  const { port, hostname } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.write('GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await until(() => text.includes('}'));
  expect(text).toMatch(/^HTTP\/1.1 400 /);
  expect(text).toContain('malformed_request');
});
