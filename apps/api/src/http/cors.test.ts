import { describe, expect, test } from 'vitest';
import { createTestApi } from '../../testing/test-api.ts';
import { readConfig } from '../config.ts';

const origin = 'https://shop.example';
const api = createTestApi({ settings: { corsOrigins: [origin, 'http://localhost:5173'] } });
const question = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,prefer' };

function allowed({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));
}

describe('pages of allowed origins', () => {
  test('may send what they ask for, without a key for the question', async () => {
    const noKey = { identify: async () => undefined, countRequest: async () => undefined };
    const closed = createTestApi({ settings: { corsOrigins: [origin] }, authenticator: noKey });
    const answer = await closed.app.request('/v1/jobs', { method: 'OPTIONS', headers: { origin, ...question } });
    expect(answer.status).toBe(204);
    expect(allowed(answer)).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET,HEAD,POST,PUT',
      'access-control-allow-headers': 'authorization,prefer',
      'access-control-max-age': '600',
    });
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    // Who is asked is not who is let in.
    const refused = await closed.app.request('/v1/jobs', { headers: { origin } });
    expect([refused.status, allowed(refused)['access-control-allow-origin']]).toEqual([401, origin]);
  });

  test('see the answers, problems too, and the headers that they need', async () => {
    for (const path of ['/v1/jobs', '/v1/jobs/x', '/v1/none', '/v1/jobs?limit=0', '/healthz']) {
      const headers = allowed(await api.app.request(path, { headers: { origin } }));
      expect(headers['access-control-allow-origin']).toBe(origin);
      expect(headers['access-control-expose-headers']).toMatch(/Location.*ETag.*Retry-After.*RateLimit/);
    }
  });

  test('may call without a key where this machine may, and only those', async () => {
    const ask = async (from: Record<string, string>) =>
      (await api.app.request('/v1/jobs', { headers: { host: 'localhost:5000', ...from } })).status;
    expect(await ask({ origin: 'http://localhost:5173', 'sec-fetch-site': 'same-site' })).toBe(200);
    for (const from of [{ origin: 'http://localhost:3000' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]) {
      expect(await ask(from)).toBe(403);
    }
    expect(await ask({ origin: 'http://localhost:5173', host: 'evil.test' })).toBe(403);
  });
});

test.each(['https://evil.example', 'https://shop.example.evil', 'http://shop.example', 'https://shop.example:444'])(
  'a page of %s is let see nothing, asks in vain, and its answer is kept for no other',
  async (other) => {
    const answers = [
      await api.app.request('/v1/jobs', { headers: { origin: other } }),
      await api.app.request('/v1/jobs', { method: 'OPTIONS', headers: { origin: other, ...question } }),
    ];
    for (const answer of answers) {
      expect(allowed(answer)).toEqual({});
      expect(answer.headers.get('vary')).toContain('Origin');
    }
  },
);

test('the queues’ pages, which take a password, are for no other origin', async () => {
  const headers = { origin, ...question };
  expect(allowed(await api.app.request('/admin', { method: 'OPTIONS', headers }))).toEqual({});
  expect(allowed(await api.app.request('/admin/api/queues', { headers: { origin } }))).toEqual({});
  const put = await api.app.request('/admin/api/queues', { method: 'PUT', headers: { origin } });
  expect(put.status).toBe(403);
});

test('without origins, nothing is allowed and nothing is said of it', async () => {
  const answer = await createTestApi().app.request('/healthz', { headers: { origin } });
  expect([allowed(answer), answer.headers.get('vary')]).toEqual([{}, null]);
});

test('`CORS_ORIGINS` has exact origins only', () => {
  const read = (CORS_ORIGINS: string) => readConfig({ S3_BUCKET: 'photos', CORS_ORIGINS }).web.corsOrigins;
  expect(read('https://a.example, http://localhost:5173')).toEqual(['https://a.example', 'http://localhost:5173']);
  for (const wrong of ['*', 'null', 'a.example', 'https://*.a.example', 'https://a.example/', 'https://A.example']) {
    expect(() => read(wrong)).toThrow(/CORS_ORIGINS/);
  }
});
