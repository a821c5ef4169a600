/** Jobs for photos that are somewhere on the web. */
import { jobDataSchema } from '@m2fp/contract';
import { describe, expect, test } from 'vitest';
import { createTestApi } from '../../testing/test-api.ts';

const url = 'https://photos.example/albums/My%20cat.jpg?X-Signature=secret#secret';
const shown = 'https://photos.example/albums/My%20cat.jpg';

describe('POST /v1/jobs with the URL of a photo', () => {
  test('queues it for a worker, and shows nothing that grants access to the photo', async () => {
    const api = createTestApi();
    const headers = { 'idempotency-key': 'one' };
    const response = await api.postJson('/v1/jobs', { input: { url } }, headers);
    const text = await response.text();
    expect([response.status, text]).toEqual([202, expect.not.stringContaining('secret')]);
    const { id } = JSON.parse(text) as { id: string };
    const expected = { input: { url: shown, name: 'My cat.jpg' } };
    expect(JSON.parse(text)).toMatchObject(expected);
    const again = await (await api.postJson('/v1/jobs', { input: { url } }, headers)).json();
    expect(again).toMatchObject({ id, ...expected });
    const kept = await api.idempotency.find('anonymous', 'one');
    expect([kept?.state, JSON.stringify(kept)]).toEqual(['done', expect.not.stringContaining('secret')]);
    for (const path of [`/v1/jobs/${id}`, '/v1/jobs']) {
      const read = await (await api.request(path)).text();
      expect(read).toContain(shown);
      expect(read).not.toContain('secret');
    }
    const photo = await api.request(`/v1/jobs/${id}/photo`);
    expect(await photo.json()).toMatchObject({ status: 404, detail: expect.stringContaining('not kept') as string });
    expect(jobDataSchema.parse((await api.queue.find(id))?.data).input).toEqual({
      key: shown,
      name: 'My cat.jpg',
      url,
    });
  });

  test.each([
    ['ftp://photos.example/a.jpg', 'Must be a URL'],
    ['photos/a.jpg', 'Must be a URL'],
    ['http://127.0.0.1:9000/a.jpg', 'not public'],
    ['http://[::ffff:10.0.0.1]/a.jpg', 'not public'],
    ['http://localhost/a.jpg', 'this machine itself'],
    ['https://me:secret@photos.example/a.jpg', 'user name or password'],
    ['https://photos.example:22/a.jpg', 'port'],
  ])('refuses %s and says which rule it breaks', async (refused, message) => {
    const api = createTestApi();
    const response = await api.postJson('/v1/jobs', { input: { url: refused } });
    const text = await response.text();
    expect(response.status).toBe(422);
    const errors = [{ pointer: '/input/url', message: expect.stringContaining(message) as string }];
    expect(JSON.parse(text)).toMatchObject({ code: 'invalid_request', errors });
    expect(text).not.toContain('secret');
    expect(await api.queue.backlog()).toBe(0);
  });

  test('refuses a key and a URL at once, and every URL where they are switched off', async () => {
    const both = await createTestApi().postJson('/v1/jobs', { input: { key: 'inputs/photo.jpg', url } });
    expect(await both.json()).toMatchObject({ status: 422, errors: [{ pointer: '/input' }] });
    const off = createTestApi({ settings: { inputUrls: { rules: undefined } } });
    for (const path of ['/v1/jobs', '/parse']) {
      const response = await off.postJson(path, { input: { url } });
      expect(await response.json()).toMatchObject({ status: 422, errors: [{ pointer: '/input/url' }] });
    }
  });
});
