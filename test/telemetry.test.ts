import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { startApi, waitUntilReady } from './support/api/api-process.ts';
import { startM2fp } from './support/cli/run-m2fp.ts';
import { inject } from 'vitest';

async function startWithKey(scope: string) {
  const prefix = `telemetry-${randomBytes(6).toString('hex')}`;
  const api = await startApi({ QUEUE_PREFIX: prefix });
  await waitUntilReady(api);
  const env = { REDIS_URL: inject('redisUrl'), QUEUE_PREFIX: prefix };
  const { stdout } = await startM2fp(['keys', 'create', '--name', 'test', '--scope', scope], env).ended;
  return { api, key: stdout.trim() };
}

test('the API exports its requests by route, the queues and its memory to Prometheus', async () => {
  const api = await startApi();
  await waitUntilReady(api);
  const id = `job_${'0'.repeat(32)}`;
  expect((await fetch(`${api.url}/v1/jobs/${id}`)).status).toBe(404);
  await fetch(`${api.url}/no/such/path`);
  const response = await fetch(`${api.url}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  expect(text).toMatch(/m2fp_http_request_seconds_count\{.*method="GET",route="\/v1\/jobs\/:id",status="404"\} 1/);
  expect(text).toMatch(/route="none",status="404"\} 1/);
  expect(text).toMatch(/m2fp_queue_jobs\{queue="parse-portrait",state="waiting",process="api"\} 0/);
  expect(text).toMatch(/m2fp_queue_jobs\{queue="webhooks",state="delayed",process="api"\} 0/);
  expect(text).toMatch(/process_resident_memory_bytes\{process="api"\} \d{7,}/);
  expect(text).not.toContain(id);
});

test('with keys in use, the metrics need a key of that scope, and the queues an admin’s key as password', async () => {
  const { api, key } = await startWithKey('metrics');
  expect((await fetch(`${api.url}/metrics`)).status).toBe(401);
  expect((await fetch(`${api.url}/metrics`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
  const asked = await fetch(`${api.url}/admin`);
  expect(asked.status).toBe(401);
  expect(asked.headers.get('www-authenticate')).toMatch(/^Basic /);
  const basic = `Basic ${Buffer.from(`any:${key}`).toString('base64')}`;
  expect((await fetch(`${api.url}/admin`, { headers: { authorization: basic } })).status).toBe(403);
});

test('an admin sees the queues in a browser, and no other site can act on their behalf', async () => {
  const { api, key } = await startWithKey('admin');
  const authorization = `Basic ${Buffer.from(`any:${key}`).toString('base64')}`;
  const page = await fetch(`${api.url}/admin`, { headers: { authorization } });
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  const script = /src="(static\/js\/main[^"]+)"/.exec(await page.text())?.[1] ?? '';
  expect((await fetch(`${api.url}/admin/${script}`, { headers: { authorization } })).status).toBe(200);
  const queues = await fetch(`${api.url}/admin/api/queues`, { headers: { authorization } });
  expect(await queues.json()).toMatchObject({ queues: [{ name: 'parse-portrait' }, {}, { name: 'webhooks' }] });
  const path = `${api.url}/admin/api/queues/parse-portrait/pause`;
  const foreign = { authorization, 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example' };
  expect((await fetch(path, { method: 'PUT', headers: foreign })).status).toBe(403);
  expect((await fetch(path, { method: 'PUT', headers: { authorization, origin: api.url } })).status).toBe(200);
});

test('the reference page and all it loads come from this server', async () => {
  const api = await startApi();
  const page = await fetch(`${api.url}/docs`);
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self';");
  const html = await page.text();
  expect(html).not.toMatch(/https?:\/\//);
  const paths = [...html.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map(([, path]) => path);
  expect(paths).toHaveLength(3);
  for (const path of paths) {
    const asset = await fetch(`${api.url}${path}`);
    expect(asset.status).toBe(200);
    const etag = asset.headers.get('etag') ?? '';
    await asset.arrayBuffer();
    expect((await fetch(`${api.url}${path}`, { headers: { 'if-none-match': etag } })).status).toBe(304);
  }
});
