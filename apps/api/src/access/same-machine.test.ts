import { describe, expect, test } from 'vitest';
import { createTestApi } from '../../testing/test-api.ts';
import { apiSettings, readConfig } from '../config.ts';

const api = createTestApi({ settings: { allowedHosts: ['api', '192.168.1.5'] } });

/** A request without a key. */
async function ask(headers: Record<string, string>, method = 'GET'): Promise<number> {
  return (await api.app.request('/v1/jobs', { method, headers })).status;
}

describe('a request without a key', () => {
  test.each([
    { host: 'localhost:5000' },
    { host: '127.0.0.1' },
    { host: '127.1.2.3:80' },
    { host: '[::1]:5000' },
    { host: 'LocalHost' },
    { host: 'api:5000' },
    { host: '192.168.1.5' },
    { host: 'localhost:5000', origin: 'http://localhost:5000', 'sec-fetch-site': 'same-origin' },
    { host: 'localhost:5000', 'sec-fetch-site': 'none' },
    { host: 'localhost', origin: 'http://localhost:80' },
  ])('is let in with %j', async (headers) => {
    expect(await ask(headers)).toBe(200);
  });

  test.each([
    { host: 'evil.test:5000' },
    { host: 'localhost.evil.test' },
    { host: '127.0.0.1.evil.test' },
    { host: 'evil@localhost' },
    { host: '10.0.0.1' },
    { host: '0.0.0.0:5000' },
    { host: '' },
    { host: 'evil.test', origin: 'http://evil.test', 'sec-fetch-site': 'same-origin' },
    { host: 'localhost:5000', origin: 'http://evil.test' },
    { host: 'localhost:5000', origin: 'http://localhost:3000' },
    { host: 'localhost:5000', origin: 'null' },
    { host: 'localhost:5000', 'sec-fetch-site': 'cross-site' },
    { host: 'localhost:5000', 'sec-fetch-site': 'same-site' },
    { host: 'localhost', forwarded: 'for=1.2.3.4' },
    { host: 'localhost', 'x-forwarded-for': '1.2.3.4' },
    { host: 'localhost', 'X-Forwarded-Proto': 'https' },
    { host: 'localhost', 'x-real-ip': '1.2.3.4' },
    { host: 'localhost', via: '1.1 proxy' },
    { host: 'localhost', 'cf-connecting-ip': '1.2.3.4' },
  ])('is refused with %j', async (headers) => {
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'DELETE']) expect(await ask(headers, method)).toBe(403);
  });

  test.each([
    ['1.1', 200],
    ['1.0', 403],
  ])('in HTTP %s is answered with %i: a proxy that marks nothing speaks 1.0', async (httpVersion, status) => {
    const incoming = { httpVersion, headers: { host: 'localhost' }, socket: {} };
    const answer = await api.app.request('/v1/jobs', { headers: { host: 'localhost' } }, { incoming });
    expect(answer.status).toBe(status);
  });

  test('is told what to do', async () => {
    const proxied = await api.app.request('/v1/jobs', { headers: { host: 'localhost', 'x-forwarded-for': '1.2.3.4' } });
    expect(await proxied.json()).toMatchObject({ detail: expect.stringContaining('m2fp keys create') as string });
    const named = await api.app.request('/v1/jobs', { headers: { host: 'photos.example' } });
    expect(await named.json()).toMatchObject({ detail: expect.stringContaining('ALLOWED_HOSTS') as string });
  });

  test('never manages the queues, not even here', async () => {
    expect((await api.app.request('/admin', { headers: { host: 'localhost' } })).status).toBe(403);
  });

  test('may read public pages by any name', async () => {
    expect((await api.app.request('/healthz', { headers: { host: 'evil.test', via: '1.1 proxy' } })).status).toBe(200);
  });
});

describe('allowed hosts', () => {
  const hosts = (env: NodeJS.ProcessEnv) => apiSettings(readConfig({ S3_BUCKET: 'photos', ...env })).allowedHosts;

  test.each([
    [{}, ['127.0.0.1']],
    [{ HOST: '0.0.0.0' }, []],
    [{ HOST: '::' }, []],
    [{ HOST: '192.168.1.5', ALLOWED_HOSTS: 'API, photos.example' }, ['api', 'photos.example', '192.168.1.5']],
    [{ HOST: 'fd00::5', ALLOWED_HOSTS: '[fd00::1]' }, ['[fd00::1]', '[fd00::5]']],
  ])('of %j are %j', (env, expected) => {
    expect(hosts(env)).toEqual(expected);
  });

  test.each(['api:5000', 'http://api', 'a b', 'x@y'])('are not %j', (value) => {
    expect(() => hosts({ ALLOWED_HOSTS: value })).toThrow('ALLOWED_HOSTS');
  });
});
