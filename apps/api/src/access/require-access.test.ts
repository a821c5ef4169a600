import { bounds } from '@m2fp/contract';
import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { createTestApi, photoForm, testSettings } from '../../testing/test-api.ts';
import type { ApiEnv } from '../http/context.ts';
import { createRoutes, declareRoute } from '../http/routes.ts';
import type { Authenticator } from './authenticator.ts';
import { anonymousCaller } from './caller.ts';
import { assertAccessDeclared, declaredAccess, requireAccess, routesOf } from './require-access.ts';

/** What the API's routes need, stated here a second time: changing a route's access means changing both places. */
const expectedAccess: Record<string, string> = {
  'POST /parse': 'jobs:write',
  'PUT /parse': 'jobs:write',
  'POST /v1/jobs': 'jobs:write',
  'GET /v1/jobs': 'jobs:read',
  'GET /v1/jobs/:id': 'jobs:read',
  'POST /v1/jobs/:id/cancel': 'jobs:write',
  'GET /v1/jobs/:id/files/:output': 'jobs:read',
  'GET /v1/jobs/:id/files/:output/:person': 'jobs:read',
  'GET /v1/jobs/:id/photo': 'jobs:read',
  'GET /v1/jobs/:id/events': 'jobs:read',
  'POST /v1/uploads': 'jobs:write',
  'POST /v1/batches': 'batches',
  'GET /v1/batches': 'batches',
  'GET /v1/batches/:id': 'batches',
  'POST /v1/batches/:id/cancel': 'batches',
  'GET /v1/webhooks/deliveries': 'webhooks',
  'GET /v1/webhooks/deliveries/:id': 'webhooks',
  'POST /v1/webhooks/deliveries/:id/redeliver': 'webhooks',
  'GET /v1/webhooks/secrets': 'webhooks',
  'POST /v1/webhooks/secrets': 'webhooks',
  'GET /v1/models': 'jobs:read or jobs:write or batches',
  'GET /v1/models/:model/backlog': 'metrics',
  'GET /metrics': 'metrics',
  'ALL /admin': 'admin',
  'ALL /admin/*': 'admin',
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /openapi.json': 'public',
  'GET /': 'public',
  'GET /jobs/:id': 'public',
  'POST /page/share': 'public',
  'GET /docs': 'public',
  'GET /docs/start.js': 'public',
  'GET /docs/swagger-ui.css': 'public',
  'GET /docs/swagger-ui-bundle.js': 'public',
};

describe('an app', () => {
  const handler = () => new Response('secret');

  test('does not start with a route that does not declare its access', () => {
    const app = new Hono<ApiEnv>().get('/open', requireAccess('public'), handler).get('/secret', handler);
    expect(() => assertAccessDeclared(app)).toThrow('GET /secret does not declare who may call it.');
  });

  test.each([
    ['for another method', new Hono<ApiEnv>().get('/a', requireAccess('public'), handler).post('/a', handler)],
    ['only after its handler', new Hono<ApiEnv>().get('/a', handler).get('/a', requireAccess('public'), handler)],
    ['in a group', new Hono<ApiEnv>().route('/a', new Hono<ApiEnv>().get('/b', handler))],
    ['for all methods', new Hono<ApiEnv>().all('/a/*', handler)],
    ['for all paths', new Hono<ApiEnv>().get('/a', requireAccess('public'), handler).all('/*', handler)],
    ['with its own middleware', new Hono<ApiEnv>().use('/a', (_context, next) => next())],
  ])('does not start with a route that declares it %s', (_how, app) => {
    expect(() => assertAccessDeclared(app)).toThrow('does not declare who may call it');
  });

  test('starts if all routes declare it, whatever middleware they share', () => {
    const app = new Hono<ApiEnv>().use((_context, next) => next()).get('/a', requireAccess('metrics'), handler);
    expect(() => assertAccessDeclared(app)).not.toThrow();
  });

  test('gives each route the access that was decided for it', () => {
    const routes = routesOf(createTestApi().app);
    const declared = Object.fromEntries(
      routes.map((route) => [`${route.method} ${route.path}`, declaredAccess(route)?.join(' or ')]),
    );
    expect(declared).toMatchObject(expectedAccess);
    // The remaining handlers answer the other methods of the same paths.
    const others = Object.keys(declared).filter((name) => !(name in expectedAccess));
    const paths = new Set(Object.keys(expectedAccess).map((name) => name.split(' ')[1]));
    for (const name of others) expect(name).toMatch(/^ALL /);
    for (const name of others) expect(paths).toContain(name.split(' ')[1]);
  });

  test('says in its document what a route needs', async () => {
    const routes = createRoutes();
    const responses = { 200: { description: 'An answer.' } };
    const route = declareRoute({ method: 'get', path: '/a', access: 'batches', description: 'A route.', responses });
    routes.openapi(route, (context) => context.body(null, 200));
    const document = routes.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'test', version: '1' } });
    expect(document.paths?.['/a']?.get).toEqual({
      description: 'A route.\n\nScope: `batches`.',
      security: [{ apiKey: ['batches'] }, {}],
      responses,
    });
  });
});

/** Knows one key, `key`, with these scopes. */
function oneKey(...scopes: readonly string[]): Authenticator {
  const caller = {
    ...anonymousCaller(testSettings),
    owner: 'key',
    may: (scope: string) => scopes.includes(scope),
  };
  return { identify: async (key) => (key === 'key' ? caller : undefined), countRequest: async () => undefined };
}

const authorization = 'Bearer key';

describe('a request', () => {
  test.each(Object.entries(expectedAccess).filter(([, access]) => access !== 'public'))(
    '%s is refused without a key, with a wrong one and without the scope %s',
    async (route, access) => {
      const [method = '', path = ''] = route.replace('ALL', 'GET').replace('*', 'queues').split(' ');
      const api = createTestApi({ authenticator: oneKey('none') });
      for (const headers of [{}, { authorization: 'Bearer other' }, { authorization: 'Digest key' }]) {
        expect((await api.app.request(path, { method, headers })).status).toBe(401);
      }
      const refused = await api.app.request(path, { method, headers: { authorization } });
      expect(refused.status).toBe(403);
      expect(await refused.json()).toMatchObject({ detail: `This requires a key with the scope ${access}.` });
    },
  );

  test.each(['/healthz', '/openapi.json', '/', '/docs'])('GET %s needs no key', async (path) => {
    expect((await createTestApi({ authenticator: oneKey() }).request(path)).status).toBe(200);
  });

  test('for an unknown path is 404, with a key and without, and says nothing else', async () => {
    const api = createTestApi({ authenticator: oneKey() });
    for (const path of ['/none', '/v1', '/v1/none', '/v1/jobs/a/b', '/administrators', '/metrics/x', '/parse/x']) {
      for (const headers of [{}, { authorization }]) {
        const response = await api.app.request(path, { headers });
        expect(response.status).toBe(404);
        expect(await response.json()).toMatchObject({ code: 'not_found', detail: 'There is nothing at this path.' });
      }
    }
  });

  test.each(['OPTIONS', 'DELETE'])('%s of a known path needs a key that may use one of its methods', async (method) => {
    const [none, reader] = [
      createTestApi({ authenticator: oneKey() }),
      createTestApi({ authenticator: oneKey('jobs:read') }),
    ];
    expect((await none.app.request('/v1/jobs', { method })).status).toBe(401);
    expect((await none.app.request('/v1/jobs', { method, headers: { authorization } })).status).toBe(403);
    const known = await reader.app.request('/v1/jobs', { method, headers: { authorization } });
    expect(known.status).toBe(method === 'OPTIONS' ? 204 : 405);
    expect(known.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST');
  });

  test('HEAD needs what GET needs', async () => {
    const api = createTestApi({ authenticator: oneKey('jobs:read') });
    expect((await api.app.request('/v1/jobs', { method: 'HEAD' })).status).toBe(401);
    expect((await api.app.request('/v1/jobs', { method: 'HEAD', headers: { authorization } })).status).toBe(200);
    expect((await api.app.request('/v1/batches', { method: 'HEAD', headers: { authorization } })).status).toBe(403);
  });
});

test('a caller’s limit of unfinished jobs holds, and a job that was not queued does not count', async () => {
  const caller = {
    ...anonymousCaller(testSettings),
    owner: 'key',
    limits: { ...anonymousCaller(testSettings).limits, jobs: 1 },
  };
  const api = createTestApi({ authenticator: { identify: async () => caller, countRequest: async () => undefined } });
  const add = api.queue.add.bind(api.queue);
  api.queue.add = () => Promise.reject(new Error('broken'));
  expect((await api.postForm('/v1/jobs', photoForm())).status).toBe(500);
  api.queue.add = add;
  expect((await api.postForm('/v1/jobs', photoForm())).status).toBe(202);
  const refused = await api.postForm('/v1/jobs', photoForm());
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ code: 'rate_limited' });
  expect(refused.headers.get('retry-after')).toBe('10');
  expect(await api.keys()).toHaveLength(1);
});

test('a burst of requests with one key is cut down before it costs anything, and other keys are let in', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  let asked = 0;
  const authenticator: Authenticator = {
    identify: async (key) => {
      asked += 1;
      if (key === 'many') await gate;
      return { ...anonymousCaller(testSettings), owner: key ?? '', keyId: key };
    },
    countRequest: async () => undefined,
  };
  const api = createTestApi({ authenticator });
  const send = async (key: string) => api.app.request('/v1/jobs', { headers: { authorization: `Bearer ${key}` } });
  const { max } = bounds.requestsAtOnce;
  const sent = Array.from({ length: max }, () => send('many'));
  const refused = await Promise.all(Array.from({ length: 1_000 }, () => send('many')));
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([429]));
  expect(asked).toBe(max);
  expect((await send('other')).status).toBe(200);
  open();
  expect(new Set((await Promise.all(sent)).map(({ status }) => status))).toEqual(new Set([200]));
  expect((await send('many')).status).toBe(200);
});
