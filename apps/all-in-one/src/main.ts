/**
 * The whole service as one process tree behind one port, for trying out: `docker run -p 5000:5000 m2fp-parsing`. It
 * keeps its parts alive, and ends when one cannot be, or when it is told to.
 */
import { once } from 'node:events';
import { get, type IncomingMessage, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { modelName } from '@m2fp/contract';
import { ConfigError } from '@m2fp/service/settings';
import { releaseStartupMemoryLater } from '@m2fp/service/startup-memory';
import { readConfig, type Config } from './config.ts';
import { createFront } from './front.ts';
import { KeptAlive } from './keep-alive.ts';
import { readableLine } from './log-lines.ts';
import { bucket, describeParts, type Parts } from './parts.ts';

/** A slow machine's first start. */
const readyMs = 60_000;
const answerMs = 5_000;
/** Docker kills a container 10 s after it asked it to stop. */
const applicationsGraceMs = 7_000;
const storesGraceMs = 2_000;

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());
const started = performance.now();
try {
  await run(readConfig(), stopping.signal);
} catch (error) {
  console.error(error instanceof ConfigError || error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** Until a signal. Throws if it cannot be started, or a part cannot be kept alive; nothing is left running then. */
async function run(config: Config, signal: AbortSignal): Promise<void> {
  const parts = await describeParts(config);
  let isUp = false;
  const keep = (part: Parts['stores'][number]): KeptAlive =>
    new KeptAlive(part, {
      mayRestart: () => isUp,
      onLine: (name, line) => console.log(readableLine(name, line)),
    });
  const stores = parts.stores.map(keep);
  const applications = parts.applications.map(keep);
  const front = createFront({ ...parts, bucket });
  try {
    const failed = Promise.race([...stores, ...applications].map((part) => part.failed));
    const ended = Promise.race([failed, aborted(signal)]);
    const late = await Promise.race([ended, waitUntilReady(parts.readyUrls, signal)]);
    if (late !== 'ready') return throwIfError(late);
    isUp = true;
    await listen(front, config);
    console.log(welcome(config, parts));
    releaseStartupMemoryLater();
    throwIfError(await ended);
  } finally {
    front.close();
    front.closeIdleConnections();
    await Promise.all(applications.map((part) => part.stop(applicationsGraceMs)));
    front.closeAllConnections();
    await Promise.all(stores.map((part) => part.stop(storesGraceMs)));
  }
}

function throwIfError(end: Error | undefined): void {
  if (end !== undefined) throw end;
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (!signal.aborted) await once(signal, 'abort');
  return undefined;
}

async function waitUntilReady(urls: readonly string[], signal: AbortSignal): Promise<'ready' | Error> {
  const deadline = performance.now() + readyMs;
  for (const url of urls) {
    while (!(await isReady(url))) {
      if (performance.now() > deadline) return new Error(`It was not ready within ${readyMs / 1_000} s.`);
      await sleep(50, undefined, { signal }).catch(() => undefined);
    }
  }
  return 'ready';
}

async function isReady(url: string): Promise<boolean> {
  // Not by `fetch`, whose client would stay in memory.
  const asked = get(url, { agent: false, signal: AbortSignal.timeout(answerMs) });
  const [answer] = (await once(asked, 'response').catch(() => [])) as [IncomingMessage?];
  answer?.on('error', () => undefined).resume();
  return answer?.statusCode === 200;
}

async function listen(front: Server, { own }: Config): Promise<void> {
  front.listen(own.port, own.host);
  await once(front, 'listening');
}

function welcome({ own }: Config, { models }: Parts): string {
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  return [
    `\nReady after ${seconds} s: ${own.publicUrl} parses photos with ${models.map(modelName).join(', ')}.`,
    `  curl -F image=@photo.jpg -H 'Accept: image/png' ${own.publicUrl}/parse --output parsed.png`,
    'For trying out: there are no keys, and whoever can reach the port can use it. Photos and results are kept for a',
    'day, and no longer than the container, unless a volume is mounted at /data.\n',
  ].join('\n');
}
