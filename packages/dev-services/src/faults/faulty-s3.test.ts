import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type S3Fault, startFaultyS3 } from './faulty-s3.ts';

const body = 'x'.repeat(200_000);

/** A store of one object, and a proxy in front of it. */
async function setUp() {
  const stored: string[] = [];
  const server = createServer((request, response) => {
    if (request.method === 'GET') return void response.writeHead(200, { 'content-length': body.length }).end(body);
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      stored.push(text);
      response.end();
    });
    return undefined;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const s3 = await startFaultyS3(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(async () => {
    await s3.close();
    server.close();
    server.closeAllConnections();
  });
  const failWith = (fault: S3Fault | undefined): void => void (s3.fault = () => fault);
  const put = () => fetch(`${s3.endpoint}/bucket/key`, { method: 'PUT', body });
  const get = async () => (await fetch(`${s3.endpoint}/bucket/key`)).text();
  return { s3, stored, failWith, put, get };
}

test('passes on what has no fault', async () => {
  const { put, get, stored, s3 } = await setUp();
  expect((await put()).status).toBe(200);
  expect(await get()).toBe(body);
  expect(stored).toEqual([body]);
  expect(s3.failures).toEqual([]);
});

test.each([
  ['error', 500, 'InternalError'],
  ['slow-down', 503, 'SlowDown'],
] as const)('%s answers %d with the code of S3, and stores nothing', async (fault, status, code) => {
  const { put, failWith, stored, s3 } = await setUp();
  failWith(fault);
  const answer = await put();
  expect(answer.status).toBe(status);
  expect(await answer.text()).toContain(`<Code>${code}</Code>`);
  expect(stored).toEqual([]);
  expect(s3.failures).toEqual(['PUT /bucket/key']);
});

test('a request that is cut stores nothing', async () => {
  const { put, get, failWith, stored } = await setUp();
  failWith('cut-request');
  await expect(put()).rejects.toThrow();
  await expect(get()).rejects.toThrow();
  expect(stored).toEqual([]);
});

test('an answer that is cut comes after what was asked for was done', async () => {
  const { put, get, failWith, stored } = await setUp();
  failWith('cut-answer');
  await expect(put()).rejects.toThrow();
  await expect(get()).rejects.toThrow();
  expect(stored).toEqual([body]);
});

test('what stalls is passed on when it is released, unless its client has left', async () => {
  const { s3, put, failWith, stored } = await setUp();
  failWith('stall');
  const gone = new AbortController();
  const left = fetch(`${s3.endpoint}/bucket/key`, { method: 'PUT', body: 'left', signal: gone.signal });
  const waiting = put();
  await expect.poll(() => s3.failures.length).toBe(2);
  gone.abort();
  await expect(left).rejects.toThrow();
  failWith(undefined);
  // The proxy has noticed by the time that another request has come and gone.
  await put();
  s3.release();
  expect((await waiting).status).toBe(200);
  expect(stored).toEqual([body, body]);
});
