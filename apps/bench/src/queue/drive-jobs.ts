/** Creates jobs over HTTP, as many clients at once do, and waits until all have ended. */
import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';

/** How a photo comes: its key of an object that is there, with the request, or as one of a batch's keys. */
export const ways = ['key', 'upload', 'batch'] as const;
export type Way = (typeof ways)[number];

export interface DriveSettings {
  readonly apiUrl: string;
  readonly way: Way;
  readonly jobs: number;
  /** Requests at once. */
  readonly clients: number;
  /** Of an object in the bucket. */
  readonly key: string;
  readonly photo: Uint8Array;
  readonly redis: Redis;
  /** BullMQ's keys of the model's queue begin with this. */
  readonly queueKey: string;
  readonly signal: AbortSignal;
}

/** Of one request. */
const keysPerBatch = 10_000;
const lookEveryMs = 20;

/** Resolves when all have ended; throws if a create or a job failed. */
export async function driveJobs(settings: DriveSettings): Promise<{ readonly createdMs: number; readonly ms: number }> {
  const { redis, queueKey, jobs, signal } = settings;
  const ended = async (state: 'completed' | 'failed'): Promise<number> => redis.zcard(`${queueKey}:${state}`);
  const [doneBefore, failedBefore] = await Promise.all([ended('completed'), ended('failed')]);
  const startedAt = performance.now();
  await createAll(settings);
  const createdMs = performance.now() - startedAt;
  for (;;) {
    const [done, failed] = await Promise.all([ended('completed'), ended('failed')]);
    if (failed > failedBefore) throw new Error(`${failed - failedBefore} jobs failed.`);
    if (done - doneBefore >= jobs) return { createdMs, ms: performance.now() - startedAt };
    await sleep(lookEveryMs, undefined, { signal });
  }
}

/** Uses `node:http`: `fetch` takes as much of a core as the API. */
async function createAll({ apiUrl, way, jobs, clients, key, photo, signal }: DriveSettings): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const sizes = way === 'batch' ? batchSizes(jobs) : Array.from({ length: jobs }, () => 1);
  const url = new URL(way === 'batch' ? '/v1/batches' : '/v1/jobs', apiUrl);
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < sizes.length) {
      const { type, body } = bodyOf(way, { key, photo, photos: sizes[next++] ?? 0 });
      await post(url, { type, body, agent, signal });
    }
  };
  try {
    await Promise.all(Array.from({ length: clients }, client));
  } finally {
    agent.destroy();
  }
}

function batchSizes(jobs: number): number[] {
  const last = jobs % keysPerBatch;
  return [...Array.from({ length: Math.floor(jobs / keysPerBatch) }, () => keysPerBatch), ...(last > 0 ? [last] : [])];
}

const boundary = 'bench-2f1c6f0b';

function bodyOf(way: Way, { key, photo, photos }: { key: string; photo: Uint8Array; photos: number }) {
  if (way === 'upload') {
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="image"; filename="photo.jpg"\r\n`;
    const parts = [`${head}content-type: image/jpeg\r\n\r\n`, photo, `\r\n--${boundary}--\r\n`];
    return { type: `multipart/form-data; boundary=${boundary}`, body: Buffer.concat(parts.map((p) => Buffer.from(p))) };
  }
  const input = way === 'key' ? { key } : { keys: Array.from({ length: photos }, () => key) };
  return { type: 'application/json', body: Buffer.from(JSON.stringify({ input })) };
}

interface Post {
  readonly type: string;
  readonly body: Buffer;
  readonly agent: Agent;
  readonly signal: AbortSignal;
}

/** Resolves once the whole answer has arrived; throws if it refuses. */
function post(url: URL, { type, body, agent, signal }: Post): Promise<void> {
  const headers = { 'content-type': type, 'content-length': body.byteLength };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, agent, signal }, (response) => {
      buffer(response).then((answer) => {
        if (response.statusCode === 202) resolve();
        else reject(new Error(`${url.pathname} answered ${response.statusCode}: ${answer.toString().slice(0, 500)}`));
      }, reject);
    });
    sent.on('error', reject).end(body);
  });
}
