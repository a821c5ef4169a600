import { AppError } from '@m2fp/contract';
import { describe, expect, test } from 'vitest';
import { createTestApi, photo } from '../../testing/test-api.ts';

describe('POST /v1/uploads', () => {
  test('gives a new key under the upload prefix and everything needed to upload a photo there', async () => {
    const response = await createTestApi().postJson('/v1/uploads', { content_type: 'image/png', bytes: 20_000 });
    expect(response.status).toBe(201);
    const upload = (await response.json()) as { key: string; url: string; expires_at: string };
    expect(upload).toEqual({
      key: expect.stringMatching(/^uploads\/anonymous\/[0-9a-f]{32}$/) as string,
      method: 'PUT',
      url: expect.stringContaining(upload.key) as string,
      headers: { 'content-type': 'image/png', 'content-length': '20000' },
      expires_at: expect.any(String) as string,
      max_bytes: 20_000,
    });
    const inS = (Date.parse(upload.expires_at) - Date.now()) / 1000;
    expect(Math.round(inS / 100)).toBe(9);
  });

  test.each([
    ['cat.jpg', 'cat.jpg'],
    ['a/b/été 50%2f.jpg', 'été 50_2f.jpg'],
  ])('ends the key of %j with its name, which its job has', async (filename, name) => {
    const api = createTestApi();
    const response = await api.postJson('/v1/uploads', { content_type: 'image/jpeg', bytes: 1, filename });
    const { key } = (await response.json()) as { key: string };
    expect(key).toMatch(/^uploads\/anonymous\/[0-9a-f]{32}\/[^/]+$/);
    await api.putObject(key, photo());
    const job = await api.postJson('/v1/jobs', { input: { key } });
    expect(await job.json()).toMatchObject({ input: { key, name } });
  });

  test('gives a key that a job accepts, and a different one each time', async () => {
    const api = createTestApi();
    const keys = await Promise.all(
      [1, 2].map(async () => {
        const response = await api.postJson('/v1/uploads', { content_type: 'image/jpeg', bytes: 1 });
        return ((await response.json()) as { key: string }).key;
      }),
    );
    expect(new Set(keys).size).toBe(2);
    await api.putObject(keys[0] ?? '', photo());
    expect((await api.postJson('/v1/jobs', { input: { key: keys[0] } })).status).toBe(202);
  });

  test.each([
    ['no content type', { bytes: 1 }, '/content_type'],
    ['a content type that is not accepted', { content_type: 'image/svg+xml', bytes: 1 }, '/content_type'],
    ['no size, which could not be signed', { content_type: 'image/jpeg' }, '/bytes'],
    ['more bytes than the cap', { content_type: 'image/jpeg', bytes: 20_001 }, '/bytes'],
    ['no bytes', { content_type: 'image/jpeg', bytes: 0 }, '/bytes'],
    ['a name that is none', { content_type: 'image/jpeg', bytes: 1, filename: 'a/..' }, '/filename'],
    ['a key chosen by the client', { content_type: 'image/jpeg', bytes: 1, key: 'inputs/a.jpg' }, '/key'],
  ])('refuses %s', async (_what, body, pointer) => {
    const response = await createTestApi().postJson('/v1/uploads', body);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
  });

  test('answers 503 if signing fails or hangs for lack of credentials', async () => {
    const fails = () => Promise.reject(new AppError('storage_unavailable', 'no credentials'));
    const hangs = () => new Promise<never>(() => undefined);
    for (const presignPut of [fails, hangs]) {
      const api = createTestApi({ storage: { presignPut } });
      expect((await api.postJson('/v1/uploads', { content_type: 'image/jpeg', bytes: 1 })).status).toBe(503);
    }
  });
});
