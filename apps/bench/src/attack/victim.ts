/**
 * Owners who use the service as it is meant. One creates jobs all the time, ten a second, and does not want them after
 * all; another now and then has a photo parsed, and waits for it and its webhook.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type M2fpClient } from '@m2fp/client';

/** An owner with an upload. */
export interface Victim {
  readonly apiKey: string;
  readonly photoKey: string;
}

export interface VictimSettings {
  readonly apiUrl: string;
  readonly steady: Victim;
  readonly patient: Victim;
  readonly signal: AbortSignal;
}

export interface VictimRecord {
  readonly createMs: readonly number[];
  readonly errors: Readonly<Record<string, number>>;
  readonly startMs: readonly number[];
  readonly webhookMs: readonly number[];
  /** What the worker says it took, without waiting for a free parser process. */
  readonly photoMs: readonly number[];
  readonly lost: number;
}

const intervalMs = 100;
/** One of so many is the patient owner's. */
const watchedEach = 30;
const pollMs = 250;
const answerMs = 10_000;
/** For a watched job and its webhook, from when the last one was created. */
const patienceMs = 20_000;

interface Sent {
  createMs: number[];
  errors: Record<string, number>;
  watched: Promise<{ startMs: number; webhookMs: number; photoMs: number } | undefined>[];
}

export async function runVictim(settings: VictimSettings, seconds: number): Promise<VictimRecord> {
  const receiver = await startWebhookReceiver();
  try {
    const sent: Sent = { createMs: [], errors: {}, watched: [] };
    const running: Promise<void>[] = [];
    const end = performance.now() + seconds * 1_000;
    for (let number = 0; performance.now() < end; number++) {
      running.push(createOne(settings, receiver, sent, number % watchedEach === 0));
      await sleep(intervalMs, undefined, { signal: settings.signal });
    }
    await Promise.all(running);
    const ended = await Promise.all(sent.watched);
    const found = ended.filter((one) => one !== undefined);
    return {
      createMs: sent.createMs,
      errors: sent.errors,
      startMs: found.map(({ startMs }) => startMs),
      webhookMs: found.map(({ webhookMs }) => webhookMs),
      photoMs: found.map(({ photoMs }) => photoMs),
      lost: ended.length - found.length,
    };
  } finally {
    receiver.close();
  }
}

type Receiver = Awaited<ReturnType<typeof startWebhookReceiver>>;

async function createOne(
  { apiUrl, steady, patient, signal }: VictimSettings,
  receiver: Receiver,
  sent: Sent,
  isWatched: boolean,
): Promise<void> {
  const { apiKey, photoKey } = isWatched ? patient : steady;
  const client = createClient({ baseUrl: apiUrl, apiKey, timeoutMs: patienceMs, maxRetries: Infinity });
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const webhook = { url: receiver.url, events: ['job.succeeded'] };
  const body = JSON.stringify({ input: { key: photoKey }, ...(isWatched ? { webhook } : {}) });
  const startedAt = performance.now();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
  // Not through the client, which tries again by itself.
  const answer = await fetch(`${apiUrl}/v1/jobs`, { method: 'POST', headers, body, signal: limit })
    .then(async (response) => ({ status: String(response.status), job: (await response.json()) as { id: string } }))
    .catch((error: unknown) => ({ status: error instanceof Error ? error.name : 'error', job: undefined }));
  sent.createMs.push(performance.now() - startedAt);
  if (answer.job === undefined || answer.status !== '202') {
    sent.errors[answer.status] = (sent.errors[answer.status] ?? 0) + 1;
    return;
  }
  if (isWatched) sent.watched.push(watch(client, answer.job.id, receiver, signal));
  else await client.jobs.cancel(answer.job.id, { signal, maxRetries: 0 }).catch(() => undefined);
}

async function watch(client: M2fpClient, id: string, receiver: Receiver, signal: AbortSignal) {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    await sleep(pollMs, undefined, { signal });
    const arrivedAt = receiver.arrivals.get(id);
    const job = await client.jobs.get(id, { signal, maxRetries: 0 }).catch(() => undefined);
    const { created_at: created, started_at: started, finished_at: finished } = job ?? {};
    if (arrivedAt === undefined || !created || !started || !finished) continue;
    const stages = Object.entries(job?.result?.timings ?? {}).filter(([stage]) => stage !== 'wait');
    return {
      startMs: Date.parse(started) - Date.parse(created),
      webhookMs: arrivedAt - Date.parse(finished),
      photoMs: stages.reduce((sum, [, ms]) => sum + ms, 0),
    };
  }
  return undefined;
}

async function startWebhookReceiver() {
  const arrivals = new Map<string, number>();
  const server = createServer((request, response) => {
    const at = Date.now();
    void text(request).then((body) => {
      const { data } = JSON.parse(body) as { data: { id: string } };
      if (!arrivals.has(data.id)) arrivals.set(data.id, at);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return { url, arrivals, close: () => void server.close().closeAllConnections() };
}
