import { AppError } from '@m2fp/contract';
import { describe, expect, test } from 'vitest';
import { QueueUnavailable } from '@m2fp/service/redis';
import { createTestApi, photoForm } from '../../testing/test-api.ts';
import { queueJob } from '../../testing/test-jobs.ts';

describe('POST /v1/jobs during outages', () => {
  test('answers 429 with Retry-After when the backlog is full, before it reads an upload', async () => {
    const api = createTestApi();
    for (let count = 0; count < 3; count++) await queueJob(api);
    const byKey = await api.postJson('/v1/jobs', { input: { key: 'inputs/photo.jpg' } });
    const byForm = await api.postForm('/v1/jobs', photoForm());
    for (const response of [byKey, byForm]) {
      expect(response.status).toBe(429);
      expect(response.headers.get('retry-after')).toBe('10');
      expect(await response.json()).toMatchObject({ code: 'overloaded' });
    }
    expect(await api.keys()).toEqual(['inputs/photo.jpg']);
  });

  test('answers 503 with Retry-After while the queue is down, and stores nothing', async () => {
    const api = createTestApi();
    await api.putObject('inputs/photo.jpg');
    api.queue.isDown = true;
    const byKey = await api.postJson('/v1/jobs', { input: { key: 'inputs/photo.jpg' } });
    const byForm = await api.postForm('/v1/jobs', photoForm());
    const read = await api.request('/v1/jobs/job_00000000000000000000000000000000');
    for (const response of [byKey, byForm, read]) {
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('5');
      expect(await response.json()).toMatchObject({ code: 'queue_unavailable' });
    }
    expect(await api.keys()).toEqual(['inputs/photo.jpg']);
  });

  test('removes the photo if the queue goes down after the upload', async () => {
    const api = createTestApi();
    api.queue.add = () => Promise.reject(new QueueUnavailable());
    const response = await api.postForm('/v1/jobs', photoForm());
    expect(response.status).toBe(503);
    expect(await api.keys()).toEqual([]);
  });

  test('keeps the photo and names the job if it may have been queued anyway', async () => {
    const api = createTestApi();
    api.queue.add = (id) => Promise.reject(new QueueUnavailable({ jobId: id }));
    const response = await api.postForm('/v1/jobs', photoForm());
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ job_id: expect.stringMatching(/^job_/) as string });
    expect(await api.keys()).toHaveLength(1);
  });

  test('answers 503 while S3 is down, and if it hangs', async () => {
    const away = () => Promise.reject(new AppError('storage_unavailable', 'S3 is down.'));
    const hangs = () => new Promise<never>(() => undefined);
    for (const head of [away, hangs]) {
      const response = await createTestApi({ storage: { head } }).postJson('/v1/jobs', { input: { key: 'inputs/a' } });
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ code: 'storage_unavailable' });
    }
  });

  test('answers 504 if an upload takes too long', async () => {
    const api = createTestApi({
      storage: { putStream: () => new Promise(() => undefined) },
      settings: { uploadTimeoutMs: 50 },
    });
    const response = await api.postForm('/v1/jobs', photoForm());
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ code: 'timeout' });
  });

  test('hides unexpected errors', async () => {
    const head = () => Promise.reject(new Error('secret detail'));
    const response = await createTestApi({ storage: { head } }).postJson('/v1/jobs', { input: { key: 'inputs/a' } });
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'internal' });
    expect(text).not.toContain('secret');
  });
});
