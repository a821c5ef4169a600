import { describe, expect, test } from 'vitest';
import { createTestApi, jobResult } from '../../testing/test-api.ts';
import { queueJob, readJob } from '../../testing/test-jobs.ts';

describe('GET /v1/jobs/{id}', () => {
  test('follows a job to its success, and signs URLs for its files', async () => {
    const api = createTestApi();
    const id = await queueJob(api);
    await api.queue.take();
    await api.queue.progress(id, { stage: 'fetched', percent: 20 });
    expect(await readJob(api, id)).toMatchObject({
      status: 'processing',
      attempts: 1,
      started_at: expect.any(String) as string,
      finished_at: null,
      progress: { stage: 'fetched', percent: 20 },
    });

    await api.queue.complete(id, jobResult(`results/${id}/`));
    const job = await readJob(api, id);
    expect(job).toMatchObject({
      status: 'succeeded',
      finished_at: expect.any(String) as string,
      progress: { stage: 'stored', percent: 100 },
      result: { people: 2, image: { width: 640, height: 480 }, timings: { decode: 3, network: 40.5 } },
    });
    const {
      files,
      v,
      urls_expire_at: expiry,
    } = job['result'] as {
      files: { key: string; url: string }[];
      v?: number;
      urls_expire_at: string;
    };
    expect(v).toBeUndefined();
    expect(files.map(({ key }) => key)).toEqual([`results/${id}/masks.json`, `results/${id}/colormap.png`]);
    for (const { url } of files) expect(URL.canParse(url)).toBe(true);
    expect(Date.parse(expiry)).toBeGreaterThan(Date.now());
    expect(job).not.toHaveProperty('error');
  });

  test.each([
    ['the worker’s code', '{"code":"image_unreadable","message":"cut off"}', 'failed', 'image_unreadable', 'cut off'],
    ['a cancel', '{"code":"canceled","message":"on request"}', 'canceled', 'canceled', 'on request'],
    ['a message of the queue itself', 'job stalled more than allowable limit', 'failed', 'internal', undefined],
    ['an unknown code', '{"code":"odd","message":"x"}', 'failed', 'internal', undefined],
  ])('shows a failure by %s', async (_what, failure, status, code, message) => {
    const api = createTestApi();
    const id = await queueJob(api);
    await api.queue.take();
    await api.queue.fail(id, failure, { retry: false });
    const job = await readJob(api, id);
    expect(job).toMatchObject({ status, error: { code, ...(message !== undefined && { message }) } });
    expect(job).not.toHaveProperty('result');
    expect(JSON.stringify(job)).not.toContain('stalled');
  });

  test.each(['job_00000000000000000000000000000000', 'job_1', '1', 'job_XYZ', '%00', 'a'.repeat(3000)])(
    'answers 404 for %.40s',
    async (id) => {
      const response = await createTestApi().request(`/v1/jobs/${id}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'not_found' });
    },
  );

  test('answers 500, not nonsense, if the queue holds another version’s data', async () => {
    const api = createTestApi();
    const id = 'job_00000000000000000000000000000001';
    await api.queue.add(id, { v: 99 }, { class: 'single', model: 'portrait' });
    const response = await api.request(`/v1/jobs/${id}`);
    expect(response.status).toBe(500);
  });
});

describe('a job past its retention', () => {
  test('answers 404 expired as long as it is known to have existed', async () => {
    const api = createTestApi();
    const id = await queueJob(api);
    api.queue.forget(id);
    for (const path of [`/v1/jobs/${id}`, `/v1/jobs/${id}/events`, `/v1/jobs/${id}/files/masks`]) {
      const response = await api.request(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'expired' });
    }
  });

  test('answers 404 expired even if the queue has not removed it yet', async () => {
    const api = createTestApi({ settings: { jobRetentionS: -1 } });
    const id = await queueJob(api);
    await api.queue.cancel(id);
    const response = await api.request(`/v1/jobs/${id}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'expired' });
  });
});

describe('a job’s extras', () => {
  test('are the webhook, and the trace that goes to the worker', async () => {
    const api = createTestApi();
    await api.putObject('inputs/photo.jpg');
    const webhook = { url: 'https://example.com/hook', events: ['job.failed'] };
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const body = { input: { key: 'inputs/photo.jpg' }, webhook };
    const response = await api.postJson('/v1/jobs', body, { traceparent });
    expect(await response.json()).toMatchObject({ webhook });
    const record = await api.queue.find((await api.queue.take()) ?? '');
    expect(record?.data).toMatchObject({ webhook, traceparent });
  });

  test.each(['http://127.0.0.1/', 'http://[::ffff:10.0.0.1]/', 'ftp://example.com/', 'nothing'])(
    'are refused with the webhook %s',
    async (url) => {
      const api = createTestApi();
      await api.putObject('inputs/photo.jpg');
      const response = await api.postJson('/v1/jobs', { input: { key: 'inputs/photo.jpg' }, webhook: { url } });
      expect(await response.json()).toMatchObject({ status: 422, errors: [{ pointer: '/webhook/url' }] });
    },
  );
});
