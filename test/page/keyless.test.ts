/** An API without keys, and pages of strangers in a browser on the same machine. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { launchBrowser } from '../support/page/browser.ts';
import { startApi, waitUntilReady, type ApiProcess } from '../support/api/api-process.ts';
import { until } from '../support/worker/until.ts';

const photo = Uint8Array.from({ length: 200 }, (_, i) => [0xff, 0xd8, 0xff, 0xe0][i] ?? 7);

describe('without keys', () => {
  let browser: Browser | undefined;
  beforeAll(async () => {
    // The last step of DNS rebinding: the stranger's name now leads to this machine.
    browser = await launchBrowser('--host-resolver-rules=MAP evil.test 127.0.0.1, MAP attacker.test 127.0.0.1');
  });
  afterAll(() => browser?.close());

  async function open(url: string): Promise<Page> {
    const context = await browser?.newContext();
    if (context === undefined) throw new Error('There is no browser.');
    onTestFinished(() => context.close());
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  /** An API that holds a job, with its port. */
  async function startWithJob(): Promise<{ api: ApiProcess; port: string; jobId: string }> {
    const api = await startApi();
    await waitUntilReady(api);
    const key = `${api.prefixes.input}photo.jpg`;
    await api.putObject(key, photo);
    const headers = { 'content-type': 'application/json' };
    const created = await fetch(`${api.url}/v1/jobs`, {
      ...{ method: 'POST', headers },
      body: JSON.stringify({ input: { key } }),
    });
    const { id: jobId } = (await created.json()) as { id: string };
    return { api, port: new URL(api.url).port, jobId };
  }

  const count = async (api: ApiProcess): Promise<{ jobs: number; secrets: number }> => {
    const read = async (path: string) => (await (await fetch(`${api.url}${path}`)).json()) as Record<string, unknown[]>;
    const [{ jobs = [] }, { secrets = [] }] = [await read('/v1/jobs'), await read('/v1/webhooks/secrets')];
    return { jobs: jobs.length, secrets: secrets.length };
  };

  test('a page that points its own name to this machine reads nothing and changes nothing', async () => {
    const { api, port, jobId } = await startWithJob();
    const before = await count(api);
    const page = await open(`http://evil.test:${port}/`);
    const paths = ['/v1/jobs', `/v1/jobs/${jobId}`, `/v1/jobs/${jobId}/events`, '/v1/webhooks/secrets', '/metrics'];
    const answers = await page.evaluate<unknown>(`Promise.all([
      ...${JSON.stringify([...paths, '/admin', '/admin/api/queues'])}.map((path) => fetch(path)),
      fetch('/v1/webhooks/secrets', { method: 'POST' }),
      fetch('/v1/jobs/${jobId}/cancel', { method: 'POST' }),
    ].map(async (answer) => (await answer).status))`);
    expect(answers).toEqual(Array.from({ length: 9 }, () => 403));
    expect(await count(api)).toEqual(before);
  });

  test('a page of another site sends forms and requests, and none does anything', async () => {
    const { api, port, jobId } = await startWithJob();
    const before = await count(api);
    const target = `http://localhost:${port}`;
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<form method="post" action="${target}/v1/jobs" enctype="text/plain">
        <input name='{"input":{"key":"${api.prefixes.input}photo.jpg"},"metadata":{"a":"' value='"}}'></form>`);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port: ownPort } = server.address() as AddressInfo;
    const page = await open(`http://attacker.test:${ownPort}/`);
    await page.evaluate<unknown>(`(() => {
      const photo = new FormData();
      photo.set('image', new Blob([Uint8Array.from(${JSON.stringify([...photo])})]), 'photo.jpg');
      const send = (path, body) => fetch('${target}' + path, { method: 'POST', mode: 'no-cors', body }).catch(() => undefined);
      return Promise.all([
        send('/v1/jobs', photo),
        send('/v1/jobs', '{"input":{"key":"${api.prefixes.input}photo.jpg"}}'),
        send('/v1/webhooks/secrets'),
        send('/v1/jobs/${jobId}/cancel'),
      ]);
    })()`);
    await page.evaluate<unknown>('document.forms[0].submit()');
    const refused = () => api.output().match(/"method":"POST".*"status":403/g) ?? [];
    await until(() => refused().length === 5);
    expect(await count(api)).toEqual(before);
  });

  test.each(['localhost', '127.0.0.1'])('the API’s own page at %s does its work', async (host) => {
    const { port, jobId } = await startWithJob();
    const page = await open(`http://${host}:${port}/`);
    const answers = await page.evaluate<unknown>(`Promise.all([
      fetch('/v1/jobs'),
      fetch('/v1/jobs/${jobId}/cancel', { method: 'POST' }),
    ].map(async (answer) => (await answer).status))`);
    expect(answers).toEqual([200, 200]);
  });
});
