/** What anyone may send to the API's process, and what it must not cost. */
import { startFaultyS3 } from '@m2fp/dev-services/faults';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { startApi, waitUntilReady } from '../support/api/api-process.ts';
import { scriptedPhoto } from '../support/api/scripted-photo.ts';
import { startTenants } from '../support/security/tenants.ts';
import { endWorkers, startWorkerProcess } from '../support/worker/worker-process.ts';
import { until } from '../support/worker/until.ts';

const maxRefusalBytes = 64 * 1024;

/** Sends bytes as they are; resolves to what comes back until the other side closes. */
async function sendRaw(url: string, request: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write(request);
  return text(socket);
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}

test('the first bytes of a photo are looked at in no time, whatever they are', async () => {
  const api = await startApi();
  await waitUntilReady(api);
  const starts = ['<!---->'.repeat(40), '<!-- -->  '.repeat(400), '<!doctype <?xml '.repeat(250), ' '.repeat(4_096)];
  for (const start of starts) {
    const form = new FormData();
    form.set('image', new Blob([start]), 'photo.jpg');
    const refused = await fetch(`${api.url}/v1/jobs`, { method: 'POST', body: form });
    expect([start.slice(0, 10), refused.status]).toEqual([start.slice(0, 10), 422]);
  }
});

describe('a refusal stays small', () => {
  const manyTimes = (value: unknown, times: number): unknown[] => Array.from({ length: times }, () => value);
  const input = { key: 'inputs/photo.jpg' };
  const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`field${at}`, at]));
  const bodies: [name: string, path: string, body: unknown][] = [
    ['wrong outputs', '/v1/jobs', { input, options: { outputs: manyTimes('x', 12_000) } }],
    ['outputs of wrong types', '/v1/jobs', { input, options: { outputs: manyTimes({}, 15_000) } }],
    ['right outputs, again and again', '/v1/jobs', { input, options: { outputs: manyTimes('colormap', 5_000) } }],
    ['wrong events', '/v1/jobs', { input, webhook: { url: 'https://example.com/', events: manyTimes('x', 12_000) } }],
    ['unknown fields', '/v1/jobs', { input, ...fields(3_000) }],
    ['unknown options', '/v1/jobs', { input, options: fields(3_000) }],
    ['wrong metadata', '/v1/jobs', { input, metadata: fields(3_000) }],
    ['long names', '/v1/jobs', { input, [`${'x'.repeat(50_000)}`]: 1 }],
    ['a long value', '/v1/jobs', { input: { key: 'x'.repeat(60_000) } }],
    ['keys of wrong types', '/v1/batches', { input: { keys: manyTimes(1, 1_000_000) } }],
    ['empty keys', '/v1/batches', { input: { keys: manyTimes('', 300_000) } }],
    ['arrays in arrays', '/v1/batches', { input: { keys: manyTimes([], 1_000_000) } }],
    ['a palette of thousands', '/v1/jobs', { input, options: { palette: manyTimes(['x', 1, 2], 4_000) } }],
    ['unknown fields of an upload', '/v1/uploads', fields(1_000)],
  ];
  test('whatever is wrong with a body, and however often', async () => {
    const api = await startApi();
    await waitUntilReady(api);
    const headers = { 'content-type': 'application/json' };
    for (const [name, path, body] of bodies) {
      const refused = await fetch(`${api.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      expect([413, 422], name).toContain(refused.status);
      expect((await refused.arrayBuffer()).byteLength, name).toBeLessThan(maxRefusalBytes);
    }
  });

  test('for a query of thousands of parameters', async () => {
    const api = await startApi();
    const query = Array.from({ length: 1_500 }, (_, at) => `f${at}=1`).join('&');
    const refused = await fetch(`${api.url}/v1/jobs?${query}`);
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect((await refused.arrayBuffer()).byteLength).toBeLessThan(maxRefusalBytes);
  });
});

describe('without a key, on one machine for one person', () => {
  const get = (lines: string[]) => ['GET /v1/jobs HTTP/1.1', 'connection: close', ...lines, '', ''].join('\r\n');

  test('requests under strangers’ names, through proxies and from other sites are refused', async () => {
    const api = await startApi();
    const { host, port } = new URL(api.url);
    for (const headers of [
      // DNS rebinding: a name of the attacker's that leads here.
      [`host: evil.example:${port}`],
      [`host: localhost.evil.example:${port}`],
      [`host: ${host}`, 'x-forwarded-for: 203.0.113.9'],
      [`host: ${host}`, 'forwarded: for=203.0.113.9'],
      [`host: ${host}`, 'x-real-ip: 203.0.113.9'],
      [`host: ${host}`, 'via: 1.1 proxy'],
      [`host: ${host}`, 'origin: https://evil.example'],
      [`host: ${host}`, 'sec-fetch-site: cross-site', 'origin: null'],
    ]) {
      const answer = await sendRaw(api.url, get(headers));
      expect([headers, statusOf(answer)]).toEqual([headers, 403]);
      expect(answer).not.toContain('"jobs"');
    }
  });

  test('a form of another site changes nothing', async () => {
    const api = await startApi();
    const body = '{"a":"b"}';
    for (const origin of ['https://evil.example', 'null', `http://localhost.evil.example`]) {
      const lines = ['POST /v1/webhooks/secrets HTTP/1.1', `host: ${new URL(api.url).host}`, `origin: ${origin}`];
      const rest = ['content-type: text/plain', `content-length: ${body.length}`, 'connection: close', '', body];
      expect(statusOf(await sendRaw(api.url, [...lines, ...rest].join('\r\n')))).toBe(403);
    }
  });

  test('requests of this machine work, by any of its names, and from the page itself', async () => {
    const api = await startApi();
    const { port } = new URL(api.url);
    for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
      const origin = `origin: http://${host}:${port}`;
      expect(statusOf(await sendRaw(api.url, get([`host: ${host}:${port}`])))).toBe(200);
      expect(statusOf(await sendRaw(api.url, get([`host: ${host}:${port}`, origin])))).toBe(200);
    }
  });

  test('the queues’ pages are not open to whatever runs in a browser', async () => {
    const api = await startApi();
    const lines = ['GET /admin/api/queues HTTP/1.1', `host: evil.example`, 'connection: close', '', ''];
    expect([401, 403, 404]).toContain(statusOf(await sendRaw(api.url, lines.join('\r\n'))));
  });
});

test('probes ask S3 and Redis once a second at most', async () => {
  const s3 = await startFaultyS3(inject('s3').endpoint);
  onTestFinished(() => s3.close());
  const api = await startApi({ S3_ENDPOINT: s3.endpoint });
  await waitUntilReady(api);
  let asked = 0;
  s3.fault = () => {
    asked += 1;
    return undefined;
  };
  const startedAt = performance.now();
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: 40 }, () => fetch(`${api.url}/readyz`).then((answer) => answer.text())));
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  expect(asked).toBeLessThanOrEqual(2 + seconds);
});

describe('one owner', () => {
  test('who holds uploads to /parse open does not keep another from it', async () => {
    const { api, add } = await startTenants();
    onTestFinished(endWorkers);
    const [attacker, victim] = [await add('attacker'), await add('victim')];
    await startWorkerProcess('scripted', { ...api.env, PORT: undefined });
    const head = ['POST /parse HTTP/1.1', 'host: 127.0.0.1', `authorization: Bearer ${attacker.key}`];
    const unfinished = [...head, 'content-type: image/jpeg', 'content-length: 1000000', '', ''].join('\r\n');
    const sent = Array.from({ length: 100 }, async () => {
      const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
      socket.on('error', () => undefined);
      onTestFinished(() => void socket.destroy());
      await new Promise((resolve) =>
        socket.write(Buffer.concat([Buffer.from(unfinished), scriptedPhoto('ok')]), resolve),
      );
    });
    await Promise.all(sent);
    // A request that arrives after them has them all before it; a small page fits into what they leave of the memory.
    expect((await attacker.call('GET', '/v1/jobs?limit=1')).status).toBe(200);
    const parsed = await victim.call('POST', '/parse', scriptedPhoto('ok'), { 'content-type': 'image/jpeg' });
    expect(parsed.status).toBe(200);
  });

  test('who does not read results keeps nobody else from theirs, nor the probes from S3', async () => {
    const { api, add } = await startTenants();
    onTestFinished(endWorkers);
    const [attacker, victim] = [await add('attacker'), await add('victim')];
    await startWorkerProcess('scripted', { ...api.env, PORT: undefined });
    const jobs = [await attacker.queue('ok'), await victim.queue('ok')] as const;
    await until(async () => (await attacker.job(jobs[0].id)).status === 'succeeded');
    await until(async () => (await victim.job(jobs[1].id)).status === 'succeeded');
    // The largest file that a worker might have stored there.
    await api.putObject(`${jobs[0].output.prefix}masks.json`, new Uint8Array(20_000_000));
    for (let count = 0; count < 120; count++) {
      const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
      socket.on('error', () => undefined);
      onTestFinished(() => void socket.destroy());
      socket.pause();
      const lines = [`GET /v1/jobs/${jobs[0].id}/files/masks HTTP/1.1`, 'host: 127.0.0.1'];
      socket.write([...lines, `authorization: Bearer ${attacker.key}`, '', ''].join('\r\n'));
    }
    // Their answers have begun, or have been refused.
    await until(async () => (await victim.call('GET', `/v1/jobs/${jobs[1].id}/files/masks`)).status === 200);
    expect((await victim.call('GET', `/v1/jobs/${jobs[1].id}/files/masks`)).status).toBe(200);
    expect((await fetch(`${api.url}/readyz`)).status).toBe(200);
  });
});
