import { AppError } from '@m2fp/contract';
import { describe, expect, test } from 'vitest';
import { createTestApi, jobResult } from '../../testing/test-api.ts';
import { queueJob } from '../../testing/test-jobs.ts';

type TestApi = ReturnType<typeof createTestApi>;

async function finishJob(api: TestApi): Promise<string> {
  const id = await queueJob(api);
  await api.queue.take();
  await api.queue.complete(id, jobResult(`results/${id}/`));
  await api.putObject(`results/${id}/masks.json`, new TextEncoder().encode('{"info":{}}'));
  await api.putObject(`results/${id}/colormap.png`, new Uint8Array([1, 2, 3]));
  return id;
}

describe('GET /v1/jobs/{id}/files/{output}', () => {
  test('gives the bytes of each output as what they are', async () => {
    const api = createTestApi();
    const id = await finishJob(api);
    const masks = await api.request(`/v1/jobs/${id}/files/masks`);
    expect(masks.status).toBe(200);
    expect(masks.headers.get('content-type')).toBe('application/json');
    expect(await masks.json()).toEqual({ info: {} });
    const colormap = await api.request(`/v1/jobs/${id}/files/colormap`);
    expect(colormap.headers.get('content-type')).toBe('image/png');
    expect(colormap.headers.get('content-length')).toBe('3');
    expect([...new Uint8Array(await colormap.arrayBuffer())]).toEqual([1, 2, 3]);
  });

  test('gives the files of people by their ids', async () => {
    const api = createTestApi();
    const id = await queueJob(api);
    await api.queue.take();
    const files = [1, 3].map((person) => {
      const key = `results/${id}/people/${person}.png`;
      return { output: 'people' as const, person, key, content_type: 'image/png', bytes: 1 };
    });
    await api.queue.complete(id, { ...jobResult(`results/${id}/`), files });
    for (const { key, person } of files) await api.putObject(key, new Uint8Array([person]));
    const third = await api.request(`/v1/jobs/${id}/files/people/3`);
    expect(third.headers.get('content-type')).toBe('image/png');
    expect([...new Uint8Array(await third.arrayBuffer())]).toEqual([3]);
    for (const missing of ['people', 'people/2', 'people/0', 'people/256', 'people/x', 'cutout/1', 'masks/1']) {
      const response = await api.request(`/v1/jobs/${id}/files/${missing}`);
      expect([missing, response.status]).toEqual([missing, 404]);
    }
  });

  test('answers HEAD with a file’s type and size without opening it', async () => {
    const api = createTestApi({ storage: { getStream: () => Promise.reject(new Error('opened')) } });
    const id = await finishJob(api);
    const response = await api.app.request(`/v1/jobs/${id}/files/colormap`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('3');
  });

  test('says what each is saved as, and does not send it again to a client that has it', async () => {
    const api = createTestApi();
    const id = await finishJob(api);
    const file = await api.request(`/v1/jobs/${id}/files/colormap`);
    expect(file.headers.get('content-disposition')).toContain('inline; filename="photo-colormap.png"');
    expect(file.headers.get('cache-control')).toBe('private, no-cache');
    const headers = { 'if-none-match': file.headers.get('etag') ?? '' };
    expect((await api.request(`/v1/jobs/${id}/files/colormap`, { headers })).status).toBe(304);
    expect((await api.request(`/v1/jobs/${id}/files/masks`, { headers })).status).toBe(200);
  });

  test.each([
    ['overlay', 'not_found'],
    ['svg', 'not_found'],
  ])('answers 404 for %s, which the job has not made', async (output, code) => {
    const api = createTestApi();
    const response = await api.request(`/v1/jobs/${await finishJob(api)}/files/${output}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code });
  });

  test('answers 409 while the job is not done', async () => {
    const api = createTestApi();
    const response = await api.request(`/v1/jobs/${await queueJob(api)}/files/masks`);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'conflict' });
  });

  test('answers 404 for the files of a job that failed', async () => {
    const api = createTestApi();
    const id = await queueJob(api);
    await api.queue.take();
    await api.queue.fail(id, '{"code":"image_unreadable","message":"cut off"}', { retry: false });
    expect((await api.request(`/v1/jobs/${id}/files/masks`)).status).toBe(404);
  });

  test('answers expired if the bucket no longer has the file', async () => {
    const api = createTestApi();
    const id = await finishJob(api);
    await api.storage.remove([`results/${id}/masks.json`], { signal: AbortSignal.timeout(1_000) });
    const response = await api.request(`/v1/jobs/${id}/files/masks`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'expired' });
  });

  test('answers 503 if S3 is down, refuses us or hangs', async () => {
    const ways = [
      () => Promise.reject(new AppError('storage_unavailable', 'away')),
      () => Promise.reject(new AppError('input_denied', 'refused')),
      () => new Promise<never>(() => undefined),
    ];
    for (const getStream of ways) {
      const api = createTestApi({ storage: { getStream } });
      expect((await api.request(`/v1/jobs/${await finishJob(api)}/files/masks`)).status).toBe(503);
    }
  });
});
