import { AppError } from '@m2fp/contract';
import { describe, expect, test } from 'vitest';
import { createTestApi, encodeForm, jobResult, photo, photoForm } from '../../testing/test-api.ts';
import { postPhoto, takeJob, workOnce } from '../../testing/test-parse.ts';

describe('POST /parse', () => {
  test('answers with masks, class ids, scores and people in parallel', async () => {
    const api = createTestApi();
    const response = postPhoto(api);
    const data = await workOnce(api);
    expect(data.options.outputs).toEqual(['masks']);
    expect((await response).status).toBe(200);
    const id = (await response).headers.get('x-job-id');
    expect(await (await response).json()).toEqual({
      id,
      model: { name: 'portrait', kind: 'portrait', version: '1', synthetic: false },
      image: { width: 640, height: 480 },
      scale: 1,
      people: 2,
      masks: [
        { size: [2, 2], counts: '122O' },
        { size: [2, 2], counts: '04' },
      ],
      labels: [17, 17],
      scores: [0.9, 0.4],
      persons: [1, 2],
      categories: [
        { id: 0, name: 'background' },
        { id: 17, name: 'hair' },
      ],
      timings: { decode: 3, network: 40.5 },
    });
  });

  test.each([
    ['image/png', 'colormap', [1, 2, 3]],
    ['image/jpeg', 'overlay', [4, 5]],
  ] as const)('answers %s with the %s, and has no other output made', async (accept, output, bytes) => {
    const api = createTestApi();
    const response = postPhoto(api, { headers: { accept } });
    expect((await workOnce(api)).options.outputs).toEqual([output]);
    expect((await response).status).toBe(200);
    expect((await response).headers.get('content-type')).toBe(accept);
    expect([...new Uint8Array(await (await response).arrayBuffer())]).toEqual(bytes);
  });

  test('takes a form, a key and the bytes themselves, with options in the query or the body', async () => {
    const api = createTestApi();
    await api.putObject('inputs/photo.jpg');
    const options = { short_side: 320 };
    const sent = [
      () => api.postForm('/parse?palette=voc', photoForm({ options })),
      () => api.postJson('/parse?palette=voc', { input: { key: 'inputs/photo.jpg' }, options }),
    ];
    for (const send of sent) {
      const response = send();
      expect((await workOnce(api)).options).toMatchObject({ short_side: 320, palette: 'voc', max_side: 1333 });
      expect((await response).status).toBe(200);
    }
    const response = postPhoto(api, { query: '?short_side=400&score_step=0.1' });
    expect((await workOnce(api)).options).toMatchObject({ short_side: 400, score_step: 0.1 });
    expect((await response).status).toBe(200);
  });

  test.each([
    [{ 'content-disposition': 'attachment; filename="été 1.png"' }, 'été 1.png'],
    [{}, 'photo.jpeg'],
  ])('calls a photo that is the body what %j says', async (headers, name) => {
    const api = createTestApi();
    const sent = Object.entries(headers).map(([key, value]) => [key, Buffer.from(value).toString('latin1')]);
    const response = postPhoto(api, { headers: Object.fromEntries(sent) as Record<string, string> });
    expect((await workOnce(api)).input).toMatchObject({ name });
    expect((await response).status).toBe(200);
  });

  test('answers with polygons, if the masks have them', async () => {
    const api = createTestApi();
    const response = postPhoto(api, { query: '?polygons=true' });
    const { id, data } = await takeJob(api);
    const key = `${data.output.prefix}masks.json`;
    const annotations = [{ category_id: 1, score: 0.5, person_id: 1, segmentation: [[0, 0, 2, 0, 2, 2]] }];
    const bytes = Buffer.from(JSON.stringify({ categories: [{ id: 1, name: 'hair' }], annotations }));
    await api.putObject(key, bytes);
    const file = { output: 'masks', key, content_type: 'application/json', bytes: bytes.length } as const;
    await api.queue.complete(id, { ...jobResult(data.output.prefix), files: [file] });
    expect(await (await response).json()).toMatchObject({ masks: [[[0, 0, 2, 0, 2, 2]]], labels: [1] });
  });

  test('goes ahead of jobs that no request waits for', async () => {
    const api = createTestApi();
    await api.putObject('inputs/photo.jpg');
    await api.postJson('/v1/jobs', { input: { key: 'inputs/photo.jpg' } });
    const response = postPhoto(api);
    await expect.poll(() => api.queue.backlog()).toBe(2);
    expect((await workOnce(api)).input.key).toMatch(/^uploads\//);
    expect((await response).status).toBe(200);
  });

  test.each([
    ['{"code":"image_unreadable","message":"cut off"}', 422, 'image_unreadable'],
    ['{"code":"invalid_request","message":"no such part"}', 422, 'invalid_request'],
    ['{"code":"model_unavailable","message":"no model"}', 503, 'model_unavailable'],
    ['{"code":"timeout","message":"slow"}', 504, 'timeout'],
    ['{"code":"canceled","message":"on request"}', 409, 'canceled'],
    ['{"code":"unauthorized","message":"odd"}', 500, 'internal'],
    ['stalled', 500, 'internal'],
  ])('answers with the job’s own error: %s', async (failure, status, code) => {
    const api = createTestApi();
    const response = postPhoto(api);
    const { id } = await takeJob(api);
    await api.queue.fail(id, failure, { retry: false });
    expect((await response).status).toBe(status);
    expect(await (await response).json()).toMatchObject({ code, job_id: id });
  });

  test('waits through an attempt that failed', async () => {
    const api = createTestApi();
    const response = postPhoto(api);
    const { id } = await takeJob(api);
    await api.queue.fail(id, '{"code":"timeout","message":"slow"}', { retry: true });
    await workOnce(api);
    expect((await response).status).toBe(200);
  });

  test('answers 429 if no worker starts it in time, and keeps nothing of it', async () => {
    const api = createTestApi({ settings: { syncStartTimeoutMs: 100 } });
    const response = await postPhoto(api);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('10');
    expect(await response.json()).toMatchObject({ code: 'overloaded' });
    expect(await api.queue.backlog()).toBe(0);
    expect(await api.queue.history('anonymous', { limit: 9 })).toEqual([]);
    expect(await api.keys()).toEqual([]);
  });

  test('answers 504 with the job’s id if a worker takes too long, and the job keeps running', async () => {
    const api = createTestApi({ settings: { syncTimeoutMs: 100 } });
    const response = postPhoto(api);
    const { id } = await takeJob(api);
    expect((await response).status).toBe(504);
    expect(await (await response).json()).toMatchObject({ code: 'timeout', job_id: id });
    expect(await api.queue.find(id)).toMatchObject({ state: 'processing' });
  });

  test('withdraws the job of a client that hangs up, also while it runs', async () => {
    for (const isRunning of [false, true]) {
      const api = createTestApi();
      const client = new AbortController();
      const response = postPhoto(api, { signal: client.signal });
      await expect.poll(() => api.queue.backlog()).toBe(1);
      const id = isRunning ? (await takeJob(api)).id : undefined;
      client.abort();
      if (id !== undefined) {
        await expect.poll(() => api.queue.canceled.has(id)).toBe(true);
        await api.queue.fail(id, '{"code":"canceled","message":"on request"}', { retry: false });
      }
      await response;
      expect(await api.queue.history('anonymous', { limit: 9 })).toEqual([]);
      expect(await api.keys()).toEqual([]);
    }
  });

  test('limits how many requests wait, and refuses the next immediately', async () => {
    const api = createTestApi();
    const waiting = [postPhoto(api), postPhoto(api)];
    await expect.poll(() => api.queue.backlog()).toBe(2);
    const refused = await postPhoto(api);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(await api.queue.backlog()).toBe(2);
    for (const response of waiting) {
      await workOnce(api);
      expect((await response).status).toBe(200);
    }
  });

  test.each([
    ['an Accept that matches nothing', { headers: { accept: 'text/html' } }, 406, 'not_acceptable'],
    ['an option that is wrong', { query: '?short_side=x' }, 422, 'invalid_request'],
    ['an option that is no decimal number', { query: '?score_threshold=.5' }, 422, 'invalid_request'],
    ['an unknown option', { query: '?size=1' }, 422, 'invalid_request'],
    ['outputs, which Accept names', { query: '?outputs=masks' }, 422, 'invalid_request'],
    ['a text', { headers: { 'content-type': 'text/plain' } }, 415, 'unsupported_media_type'],
    ['a compressed body', { headers: { 'content-encoding': 'gzip' } }, 415, 'unsupported_media_type'],
    ['an empty key', { headers: { 'idempotency-key': '' } }, 422, 'invalid_request'],
  ] as const)('refuses %s, and stores nothing', async (_what, init, status, code) => {
    const api = createTestApi();
    const response = await postPhoto(api, init);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
    expect(await api.keys()).toEqual([]);
  });

  test.each([
    ['', 422, 'image_unreadable'],
    ['hello', 422, 'image_unreadable'],
    ['%PDF-1.7', 415, 'unsupported_format'],
    ['\u00ff\u00d8\u00ff'.repeat(10_000), 413, 'image_too_large'],
  ])('refuses the bytes %.10s', async (text, status, code) => {
    const api = createTestApi();
    const body = Buffer.from(text, 'latin1');
    const init = { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body };
    const response = await api.request('/parse', init);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
    expect(await api.keys()).toEqual([]);
  });

  test('a body that is cut off is malformed and leaves nothing behind', async () => {
    const api = createTestApi();
    let sent = false;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          if (sent) return controller.error(new Error('hung up'));
          sent = true;
          return controller.enqueue(photo(8_000));
        },
      },
      { highWaterMark: 0 },
    );
    const init = { method: 'POST', headers: { 'content-type': 'image/jpeg' }, body, duplex: 'half' } as RequestInit;
    const response = await api.request('/parse', init);
    expect(response.status).toBe(400);
    expect(await api.keys()).toEqual([]);
  });

  test('answers 503 if the result cannot be read, and while Redis is down', async () => {
    const api = createTestApi({ storage: { get: () => Promise.reject(new AppError('storage_unavailable', 'away')) } });
    const response = postPhoto(api);
    await workOnce(api);
    expect((await response).status).toBe(503);
    api.queue.isDown = true;
    expect((await postPhoto(api)).status).toBe(503);
  });

  test('a form is refused like any other form', async () => {
    const api = createTestApi();
    const { headers, body } = await encodeForm(photoForm({ metadata: {} }));
    const response = await api.request('/parse', { method: 'POST', headers, body });
    expect(await response.json()).toMatchObject({ status: 422, errors: [{ pointer: '/metadata' }] });
  });
});
