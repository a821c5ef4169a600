import type { ModelCard } from '@m2fp/contract';
import type { KnownModel } from '@m2fp/queue/models';
import { describe, expect, test } from 'vitest';
import { createTestApi, encodeForm, photo, photoForm } from '../../testing/test-api.ts';
import { queueJob, readJob } from '../../testing/test-jobs.ts';

const card: ModelCard = {
  v: 1,
  kind: 'm2fp',
  version: '3',
  summary: 'Any number of people.',
  labels: [
    { id: 1, name: 'Hat', title: 'hat', role: 'part', color: '#c80000' },
    { id: 5, name: 'UpperClothes', title: 'upper clothes', role: 'part', color: '#ff5500' },
  ],
  license: 'CC BY-NC 4.0',
  synthetic: false,
  non_commercial: true,
};
const people: KnownModel = { name: 'people', card, seenAtMs: Date.parse('2026-11-26T09:15:00.000Z') };
const createApi = (models: KnownModel[] = [people]) => createTestApi({ models });
const input = { key: 'inputs/photo.jpg' };

describe('GET /v1/models', () => {
  test('lists the default first, what is known of each, and its workers', async () => {
    const api = createApi();
    api.queue.workerCounts = new Map([['people', 2]]);
    const { v: _version, ...told } = card;
    const unknown = { kind: null, version: null, summary: null, labels: [], license: null, synthetic: null };
    expect(await (await api.request('/v1/models')).json()).toEqual({
      models: [
        { name: 'portrait', is_default: true, workers: 0, ...unknown, non_commercial: null, last_seen_at: null },
        { name: 'people', is_default: false, workers: 2, ...told, last_seen_at: '2026-11-26T09:15:00.000Z' },
      ],
    });
  });

  test('says so if Redis does not list its clients', async () => {
    const api = createApi();
    api.queue.workerCounts = undefined;
    expect(await (await api.request('/v1/models')).json()).toMatchObject({ models: [{ workers: null }, {}] });
  });
});

describe('the model of a request', () => {
  test('is the default, or the one that it names, even if it became known just now', async () => {
    const api = createApi();
    const ids = [await queueJob(api), await queueJob(api, { model: 'people' })];
    expect(await Promise.all(ids.map(async (id) => (await readJob(api, id))['model']))).toEqual(['portrait', 'people']);
  });

  test('may be plain text in a form, before or after the photo', async () => {
    const api = createApi();
    for (const text of ['people', '"people"']) {
      const form = photoForm();
      form.set('model', text);
      const response = await api.postForm('/v1/jobs', form);
      expect(await response.json()).toMatchObject({ model: 'people' });
    }
  });

  test.each(['/v1/jobs', '/parse', '/v1/batches'])(
    '%s: one that there is not is refused, with a list',
    async (path) => {
      const api = createApi();
      const body = { model: 'animals', input: path === '/v1/batches' ? { keys: [input.key] } : input };
      const response = await api.postJson(path, body);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({
        code: 'invalid_request',
        errors: [{ pointer: '/model', message: 'There is no such model. There are: portrait, people' }],
      });
    },
  );

  test('a name that no model can have is refused with where to find those that there are', async () => {
    const response = await createApi().postJson('/v1/jobs', { input, model: 'my model' });
    expect(response.status).toBe(422);
    const message = 'No model has such a name: GET /v1/models lists those that there are';
    expect(await response.json()).toMatchObject({ errors: [{ pointer: '/model', message }] });
  });

  test('in the query is refused before the photo is read, and nothing of an upload stays', async () => {
    const api = createApi();
    const headers = { 'content-type': 'image/jpeg' };
    const inQuery = { method: 'POST', headers, body: photo() };
    expect((await api.request('/parse?model=animals', inQuery)).status).toBe(422);
    const form = photoForm();
    form.set('model', 'animals');
    expect((await api.request('/v1/jobs', { method: 'POST', ...(await encodeForm(form)) })).status).toBe(422);
    expect(await api.keys()).toEqual([]);
    expect(api.queue.pendingUploads).toEqual(new Set());
  });

  test('has the parts that the request names, or it is refused with a list; unknown models are not asked', async () => {
    const api = createApi();
    await api.putObject(input.key);
    const post = (model: string, ...parts: string[]) => api.postJson('/v1/jobs', { input, model, options: { parts } });
    expect((await post('people', 'hat', 'Upper-Clothes')).status).toBe(202);
    expect((await post('portrait', 'tail')).status).toBe(202);
    const refused = await post('people', 'hat', 'tail');
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({
      errors: [{ pointer: '/options/parts', message: 'The model has no part "tail". Its parts: Hat, UpperClothes.' }],
    });
  });

  test('says whose backlog counts, also for a form that names it last', async () => {
    const api = createApi();
    const tooMany = api.settings.maxBacklog;
    for (let count = 0; count < tooMany; count++) await queueJob(api);
    expect((await api.postJson('/v1/jobs', { input })).status).toBe(429);
    expect((await api.postJson('/v1/jobs', { input, model: 'people' })).status).toBe(202);
    expect((await api.postForm('/v1/jobs', photoForm())).status).toBe(429);
    const form = photoForm();
    form.set('model', 'people');
    expect((await api.postForm('/v1/jobs', form)).status).toBe(202);
  });

  test('is part of what an idempotency key stands for', async () => {
    const api = createApi();
    await api.putObject(input.key);
    const send = (model: string) => api.postJson('/v1/jobs', { input, model }, { 'idempotency-key': 'once' });
    const first: unknown = await (await send('people')).json();
    expect(await (await send('people')).json()).toEqual(first);
    expect(await (await send('portrait')).json()).toMatchObject({ code: 'idempotency_mismatch' });
    expect(await api.queue.backlog('people')).toBe(1);
  });
});
