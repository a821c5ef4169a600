import { jobIdPattern } from '@m2fp/contract';
import { describe, expect, test } from 'vitest';
import { createTestApi, encodeForm, photo, photoForm } from '../../testing/test-api.ts';
import { queueJob, readJob } from '../../testing/test-jobs.ts';

describe('POST /v1/jobs with a key', () => {
  test('queues the job and answers with it and its place', async () => {
    const api = createTestApi();
    await api.putObject('inputs/photo.jpg');
    const response = await api.postJson('/v1/jobs', {
      input: { key: 'inputs/photo.jpg' },
      output: { prefix: 'albums/7' },
      options: { short_side: 320, outputs: ['overlay'] },
      metadata: { customer: '4711' },
    });
    expect(response.status).toBe(202);
    const job = (await response.json()) as { id: string };
    expect(job.id).toMatch(jobIdPattern);
    expect(response.headers.get('location')).toBe(`/v1/jobs/${job.id}`);
    expect(job).toEqual({
      id: job.id,
      model: 'portrait',
      status: 'queued',
      progress: { percent: 0, stage: null },
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      started_at: null,
      finished_at: null,
      attempts: 0,
      input: { key: 'inputs/photo.jpg', name: 'photo.jpg' },
      output: { prefix: 'albums/7/' },
      options: expect.objectContaining({ short_side: 320, max_side: 1333, outputs: ['overlay'] }) as object,
      metadata: { customer: '4711' },
      links: expect.objectContaining({ self: `/v1/jobs/${job.id}` }) as object,
    });
    const queue = { position: 1, estimated_wait_s: null };
    expect(await readJob(api, job.id)).toEqual({ ...job, queue });
  });

  test('puts results in a folder named after the job, unless the request says where', async () => {
    const api = createTestApi();
    const id = await queueJob(api);
    expect(await readJob(api, id)).toMatchObject({ output: { prefix: `results/anonymous/${id}/` } });
  });

  test('passes the request’s id on to the worker', async () => {
    const api = createTestApi();
    await api.putObject('inputs/photo.jpg');
    await api.postJson('/v1/jobs', { input: { key: 'inputs/photo.jpg' } }, { 'x-request-id': 'trace-1' });
    const record = await api.queue.find((await api.queue.take()) ?? '');
    expect(record?.data).toMatchObject({ v: 1, requestId: 'trace-1' });
  });

  test.each([
    ['an unknown field', { input: { key: 'inputs/photo.jpg' }, prio: 1 }, '/prio'],
    ['an unknown option', { input: { key: 'inputs/photo.jpg' }, options: { size: 1 } }, '/options/size'],
    [
      'an option out of range',
      { input: { key: 'inputs/photo.jpg' }, options: { short_side: 1 } },
      '/options/short_side',
    ],
    ['an unknown output', { input: { key: 'inputs/photo.jpg' }, options: { outputs: ['svg'] } }, '/options/outputs/0'],
    ['no input', {}, '/input'],
    ['an empty key', { input: { key: '' } }, '/input/key'],
    ['a key that is not a string', { input: { key: 1 } }, '/input/key'],
    ['metadata that is not text', { input: { key: 'inputs/photo.jpg' }, metadata: { a: 1 } }, '/metadata/a'],
    ['not an object', [], ''],
  ])('refuses %s before queueing and names it', async (_what, body, pointer) => {
    const api = createTestApi();
    await api.putObject('inputs/photo.jpg');
    const response = await api.postJson('/v1/jobs', body);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
    expect(await api.queue.backlog()).toBe(0);
  });

  test('refuses too much metadata', async () => {
    const metadata = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`k${index}`, 'v']));
    const response = await createTestApi().postJson('/v1/jobs', { input: { key: 'inputs/a' }, metadata });
    expect(await response.json()).toMatchObject({ status: 422, errors: [{ pointer: '/metadata' }] });
  });

  test('refuses an unknown query parameter', async () => {
    const response = await createTestApi().postJson('/v1/jobs?wait=10', { input: { key: 'inputs/a' } });
    expect(await response.json()).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/wait' }] });
  });

  test.each([
    ['secret/photo.jpg', undefined, 403, 'input_denied'],
    ['inputs/../secret.jpg', undefined, 403, 'input_denied'],
    ['x'.repeat(5000), undefined, 422, 'invalid_request'],
    ['inputs/photo.jpg', 'inputs/', 403, 'output_denied'],
    ['inputs/photo.jpg', 'results/../inputs/', 403, 'output_denied'],
    ['inputs/none.jpg', undefined, 404, 'input_not_found'],
    ['inputs/empty.jpg', undefined, 422, 'image_unreadable'],
    ['inputs/large.jpg', undefined, 413, 'image_too_large'],
  ])('refuses key %.40s with output %s with %i %s', async (key, prefix, status, code) => {
    const api = createTestApi();
    await api.putObject('inputs/photo.jpg');
    await api.putObject('inputs/empty.jpg', new Uint8Array());
    await api.putObject('inputs/large.jpg', photo(20_001));
    const response = await api.postJson('/v1/jobs', { input: { key }, ...(prefix && { output: { prefix } }) });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
    expect(await api.queue.backlog()).toBe(0);
  });

  test.each([
    ['{"input":', 'application/json', 400, 'malformed_request'],
    ['', 'application/json', 400, 'malformed_request'],
    ['input=1', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['<job/>', 'text/xml', 415, 'unsupported_media_type'],
    [`"${'x'.repeat(1024 * 1024)}"`, 'application/json', 413, 'payload_too_large'],
  ])('refuses the body %.20s of type %s with %i %s', async (body, type, status, code) => {
    const response = await createTestApi().postJson('/v1/jobs', body, { 'content-type': type });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });
});

describe('POST /v1/jobs with a photo', () => {
  test('stores the photo under the upload prefix and queues a job for it', async () => {
    const api = createTestApi();
    const body = photoForm({ options: { short_side: 320 }, output: { prefix: 'albums/7/' }, metadata: { a: 'b' } });
    const response = await api.postForm('/v1/jobs', body);
    expect(response.status).toBe(202);
    const job = (await response.json()) as { input: { key: string } };
    expect(job).toMatchObject({
      input: { key: expect.stringMatching(/^uploads\/anonymous\/[0-9a-f]{32}$/) as string },
      output: { prefix: 'albums/7/' },
      options: { short_side: 320 },
      metadata: { a: 'b' },
    });
    expect(await api.keys()).toEqual([job.input.key]);
    const stored = await api.storage.get(job.input.key, { maxBytes: 1e6, signal: AbortSignal.timeout(1000) });
    expect(Buffer.from(stored).equals(photo())).toBe(true);
  });

  test.each([
    ['filename="a b.jpg"', 'a b.jpg'],
    ['filename="写真.jpg"', '写真.jpg'],
    [`filename*=UTF-8''caf%C3%A9.jpg`, 'café.jpg'],
    ['filename="24%22 50%.jpg"', '24" 50%.jpg'],
    [String.raw`filename="C:\photos\a.jpg"`, 'a.jpg'],
    ['filename="../../a.jpg"', 'a.jpg'],
    ['filename=""', 'photo.jpeg'],
  ])('calls the photo what the form does: %s', async (fileName, name) => {
    const api = createTestApi();
    const head = `--b\r\ncontent-disposition: form-data; name="image"; ${fileName}\r\ncontent-type: image/jpeg\r\n\r\n`;
    const body = Buffer.concat([Buffer.from(head), photo(), Buffer.from('\r\n--b--\r\n')]);
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const response = await api.request('/v1/jobs', { method: 'POST', headers, body });
    expect(await response.json()).toMatchObject({ input: { key: expect.stringMatching(/[0-9a-f]$/) as string, name } });
  });

  const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';
  test.each([
    ['no file', () => new FormData(), 422, 'invalid_request'],
    ['an unknown field', () => photoForm({ color: 1 }), 422, 'invalid_request'],
    ['an option that is wrong', () => photoForm({ options: { short_side: 'x' } }), 422, 'invalid_request'],
    ['an output elsewhere', () => photoForm({ output: { prefix: 'inputs/' } }), 403, 'output_denied'],
    ['an empty file', () => photoForm({}, ''), 422, 'image_unreadable'],
    ['a text', () => photoForm({}, 'hello'), 422, 'image_unreadable'],
    ['an SVG', () => photoForm({}, svg), 415, 'unsupported_format'],
    ['a PDF', () => photoForm({}, '%PDF-1.7'), 415, 'unsupported_format'],
    ['a GIF', () => photoForm({}, 'GIF89a'), 415, 'unsupported_format'],
    ['a file above the cap', () => photoForm({}, photo(20_001)), 413, 'image_too_large'],
    ['a file far above the cap', () => photoForm({}, photo(1_000_000)), 413, 'image_too_large'],
  ])('refuses %s and leaves nothing behind', async (_what, form, status, code) => {
    const api = createTestApi();
    const response = await api.postForm('/v1/jobs', form());
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
    expect(await api.keys()).toEqual([]);
    expect(await api.queue.backlog()).toBe(0);
  });

  test('accepts a file of exactly the maximum size', async () => {
    const response = await createTestApi().postForm('/v1/jobs', photoForm({}, photo(20_000)));
    expect(response.status).toBe(202);
  });

  test('names the field whose JSON is broken', async () => {
    const api = createTestApi();
    const body = photoForm();
    body.set('options', '{"short_side":');
    const response = await api.postForm('/v1/jobs', body);
    expect(await response.json()).toMatchObject({ status: 422, errors: [{ pointer: '/options' }] });
    expect(await api.keys()).toEqual([]);
  });

  test('an upload that is cut off leaves nothing behind', async () => {
    const api = createTestApi();
    const { headers, body: bytes } = await encodeForm(photoForm({}, photo(10_000)));
    let sent = false;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          if (sent) return controller.error(new Error('hung up'));
          sent = true;
          return controller.enqueue(new Uint8Array(bytes, 0, 8_000));
        },
      },
      { highWaterMark: 0 },
    );
    const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
    const response = await api.request('/v1/jobs', init);
    expect(response.status).toBe(400);
    expect(await api.keys()).toEqual([]);
    expect(await api.queue.backlog()).toBe(0);
  });
});
