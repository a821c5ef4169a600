/** An API process under bodies and readers of all bad kinds at once: its memory is bounded, and it goes on serving. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startApi, waitUntilReady, type ApiProcess } from './support/api/api-process.ts';

const mebibyte = 2 ** 20;
const maxRssBytes = 400 * mebibyte;

/** What a client sends and then leaves as it is. */
interface Attack {
  readonly head: string;
  readonly parts: readonly Buffer[];
}

function post(path: string, type: string, length: number | undefined, ...parts: readonly Buffer[]): Attack {
  const framing = length === undefined ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
  return { head: `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n${framing}\r\n\r\n`, parts };
}

/** In chunks of HTTP. */
function chunked(content: Buffer, chunkBytes: number): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < content.byteLength; at += chunkBytes) {
    const chunk = content.subarray(at, at + chunkBytes);
    chunks.push(Buffer.from(`${chunk.byteLength.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat(chunks);
}

const form = 'multipart/form-data; boundary=b';
const photo = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(9 * mebibyte, 7)]);
const part = Buffer.concat([
  Buffer.from('--b\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'),
  photo,
]);
const keys = Buffer.from(`{"input":{"keys":["${'x'.repeat(11 * mebibyte)}`);
const wideKeys = Buffer.from(`{"input":{"keys":["ш${'x'.repeat(11 * mebibyte)}"]}}`);
const values = Buffer.from(`{"input":{"keys":[${'[],'.repeat(3 * mebibyte)}1]}}`);
const json = 'application/json';

const attacks: Readonly<Record<string, Attack>> = {
  'a batch that lacks its end': post('/v1/batches', json, 12 * mebibyte, keys),
  'a batch that lacks its end, of unknown length': post('/v1/batches', json, undefined, chunked(keys, 65_536)),
  'a batch of long texts': post('/v1/batches', json, wideKeys.byteLength, wideKeys),
  'a batch of millions of values': post('/v1/batches', json, values.byteLength, values),
  'a batch in tiny chunks': post('/v1/batches', json, undefined, chunked(keys.subarray(0, mebibyte / 4), 1)),
  'a job in tiny chunks': post('/v1/jobs', json, undefined, chunked(keys.subarray(0, mebibyte / 4), 1)),
  'a form that lacks its end': post('/v1/jobs', form, 20 * mebibyte, part),
  'a form that lacks its end, of unknown length': post('/v1/jobs', form, undefined, chunked(part, 16_384)),
  'a photo that lacks its end': post('/parse', 'image/jpeg', 20 * mebibyte, photo),
  'a photo in small chunks': post('/parse', 'image/jpeg', undefined, chunked(photo, 600)),
  'a document that is not read': {
    head: 'GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n',
    parts: [],
  },
  'many documents on one connection': {
    head: 'GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(200),
    parts: [],
  },
};

function send(api: ApiProcess, { head, parts }: Attack): Promise<Socket> {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  socket.pause();
  return new Promise((resolve) => {
    socket.once('close', () => resolve(socket));
    socket.write(head);
    for (const content of parts) socket.write(content);
    // It has been sent, or is not read anymore.
    const timer = setInterval(() => {
      if (socket.writableLength > 0 && !socket.destroyed) return;
      clearInterval(timer);
      resolve(socket);
    }, 20);
    setTimeout(() => clearInterval(timer), 5_000);
    setTimeout(() => resolve(socket), 5_000);
  });
}

async function rssBytes(api: ApiProcess): Promise<number> {
  const response = await fetch(`${api.url}/healthz`);
  return ((await response.json()) as { rss_bytes: number }).rss_bytes;
}

test('bodies and readers of all bad kinds at once leave the memory bounded', async () => {
  const api = await startApi();
  await waitUntilReady(api);
  let most = await rssBytes(api);
  const measured: Record<string, number> = {};
  for (const [name, attack] of Object.entries(attacks)) {
    const sending = Promise.all(Array.from({ length: 60 }, () => send(api, attack)));
    let isSent = false;
    void sending.then(() => (isSent = true));
    let peak = 0;
    while (!isSent) {
      peak = Math.max(peak, await rssBytes(api));
      // To ask all the time would be most of what the service has to do.
      await sleep(20);
    }
    measured[name] = Math.round(peak / mebibyte);
    most = Math.max(most, peak);
  }
  process.stdout.write(`RSS, MiB: ${JSON.stringify(measured, null, 1)}\n`);
  expect(most).toBeLessThan(maxRssBytes);
  // Clients that send nothing more are cut off, which frees the memory that they hold; the service goes on.
  await expect.poll(async () => (await fetch(`${api.url}/v1/jobs`)).status).toBe(200);
});
