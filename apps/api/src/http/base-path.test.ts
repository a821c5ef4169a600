import { describe, expect, test } from 'vitest';
import { jobResult, createTestApi, photoForm, testSettings } from '../../testing/test-api.ts';
import { queueJob, readJob } from '../../testing/test-jobs.ts';
import { anonymousCaller } from '../access/caller.ts';
import { routesOf } from '../access/require-access.ts';
import { readConfig } from '../config.ts';
import { ownPlaces } from './base-path.ts';

const basePath = '/m2fp';
const api = createTestApi({ settings: { basePath } });

describe('below a base path', () => {
  test('every path is found, with it and, as a proxy that takes it away sends it, without', async () => {
    const id = await queueJob(api);
    for (const path of ['/', '/docs', '/openapi.json', '/healthz', `/jobs/${id}`, `/v1/jobs/${id}`, '/v1/models']) {
      for (const base of [basePath, '']) expect([base, path, (await api.app.request(base + path)).status][2]).toBe(200);
    }
    expect((await api.app.request(basePath)).status).toBe(200);
    for (const path of ['/m2fpx/v1/jobs', '/m2fp/m2fp/v1/jobs', '/other/v1/jobs']) {
      expect((await api.app.request(path)).status).toBe(404);
    }
  });

  test('whatever says where something is begins with it', async () => {
    const created = await api.app.request('/m2fp/v1/jobs', { method: 'POST', body: photoForm() });
    const { id, links } = (await created.json()) as { id: string; links: Record<string, string> };
    expect(created.headers.get('location')).toBe(`/m2fp/v1/jobs/${id}`);
    const self = `/m2fp/v1/jobs/${id}`;
    const others = { cancel: `${self}/cancel`, events: `${self}/events`, photo: `${self}/photo` };
    expect(links).toEqual({ self, ...others, page: `/m2fp/jobs/${id}` });
    for (const path of [links['self'], links['photo'], links['page']]) {
      expect((await api.app.request(path ?? '')).status).toBe(200);
    }
    const document = (await (await api.app.request('/openapi.json')).json()) as { servers: object[] };
    expect(document.servers).toEqual([{ url: '/m2fp' }]);
    const reference = await (await api.app.request('/m2fp/docs')).text();
    for (const [, path = ''] of reference.matchAll(/(?:href|src)="([^"]+)"/g)) expect(path).toMatch(/^\/m2fp\//);
    expect(await (await api.app.request('/m2fp/docs/start.js')).text()).toContain("'/m2fp/openapi.json'");
  });

  test('the queues’ pages are found, and point below it', async () => {
    const caller = { ...anonymousCaller(testSettings), owner: 'a', keyId: 'a', may: () => true };
    const authenticator = { identify: async () => caller, countRequest: async () => undefined };
    const admin = createTestApi({ settings: { basePath }, authenticator });
    for (const path of ['/m2fp/admin', '/admin']) {
      const page = await (await admin.app.request(path)).text();
      expect(page).toContain('<base href="/m2fp/admin/"');
      const script = /src="([^"]+\.js)"/.exec(page)?.[1] ?? '';
      expect((await admin.app.request(`${path}/${script}`)).status).toBe(200);
    }
  });

  test('`BASE_PATH` is a path that is none of the API’s own', () => {
    const read = (BASE_PATH: string) => readConfig({ S3_BUCKET: 'photos', BASE_PATH }).web.basePath;
    expect(['', '/', '/m2fp', '/m2fp/', '/tools/m2fp'].map(read)).toEqual(['', '', '/m2fp', '/m2fp', '/tools/m2fp']);
    for (const wrong of ['m2fp', '/v1', '/jobs/x', '//x', '/a/../b', '/a b', '/a?b', 'https://x/y', '/"><script>']) {
      expect(() => read(wrong)).toThrow(/BASE_PATH/);
    }
    const paths = routesOf(api.app).map(({ path }) => path.split('/')[1]);
    expect(new Set([...paths.filter((part) => part !== ''), 'page'])).toEqual(ownPlaces);
  });
});

test('a job links to its files once it has succeeded, and not to its cancellation', async () => {
  const plain = createTestApi();
  const id = await queueJob(plain);
  await plain.queue.take();
  const result = jobResult(`results/${id}/`);
  const person = { output: 'people', person: 2, key: 'k', content_type: 'image/png', bytes: 1 } as const;
  await plain.queue.complete(id, { ...result, files: [...result.files, person] });
  const self = `/v1/jobs/${id}`;
  const links = { self, events: `${self}/events`, photo: `${self}/photo`, page: `/jobs/${id}` };
  const files = `${self}/files`;
  const all = { masks: `${files}/masks`, colormap: `${files}/colormap`, 'people/2': `${files}/people/2` };
  expect(await readJob(plain, id)).toMatchObject({ links: { ...links, files: all } });
  const list = (await (await plain.request('/v1/jobs')).json()) as { jobs: object[] };
  expect(list.jobs).toMatchObject([{ links }]);
});
