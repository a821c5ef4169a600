/** One soak: starts everything, sends photos for as long as asked, looks at all processes meanwhile, and cleans up. */
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeMachine, type Machine } from '@m2fp/bench';
import { createClient } from '@m2fp/client';
import { type HeapSample, readHeapSamples } from './live-heap.ts';
import { createPhotoMix, type PhotoMix } from './photo-mix.ts';
import type { ProcessSample } from './process-samples.ts';
import { type SoakFleet, startSoakFleet } from './soak-fleet.ts';
import { leftoverFaults, storedPhotos } from './leftovers.ts';
import { sampleStores, type StoreSample } from './store-samples.ts';
import { createTally, type Tally } from './tally.ts';
import { runVisit, type Visit, type Visited, visitsFor } from './visits.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

export interface SoakOptions {
  readonly jobs: number;
  readonly seconds: number;
  /** Names, or bundles' folders as absolute paths. */
  readonly model: readonly string[];
  readonly sampleSeconds: number;
  readonly retentionSeconds: number;
  readonly atOnce: number;
}

export interface SoakSample {
  /** ms since 1970. */
  readonly at: number;
  readonly processes: Readonly<Record<string, ProcessSample>>;
  /** In one sample of several. */
  readonly stores: StoreSample | undefined;
  readonly photos: number;
}

export interface SoakRecord {
  readonly machine: Machine;
  readonly options: SoakOptions;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly sent: number;
  readonly tally: Tally;
  readonly applications: readonly string[];
  readonly samples: readonly SoakSample[];
  /** What survives a full garbage collection, by application. */
  readonly heaps: Readonly<Record<string, readonly HeapSample[]>>;
  /** When everything has ended, and what is kept for a time is past that time. */
  readonly leftovers: StoreSample;
}

/** One of so many samples looks into Redis and S3, too: there may be thousands of keys and objects. */
const storesEach = 6;
/** Until a visit is given up, and counts as lost. */
const patienceMs = 1_800_000;
/** After what is kept is past its time, until sweeps have removed all of it, at most. */
const sweptMs = 300_000;
const leftoversEachMs = 15_000;

/** @param reportDir for samples as they are taken, so that a run that is cut off leaves what it saw */
export async function runSoak(
  options: SoakOptions,
  reportDir: string,
  controller: AbortController,
): Promise<SoakRecord> {
  await mkdir(reportDir, { recursive: true });
  const mix = await createPhotoMix();
  const fleet = await startSoakFleet({
    ...{ models: options.model, retentionS: options.retentionSeconds, reportDir },
  });
  let isStopping = false;
  void fleet.failure.then((error) => isStopping || controller.abort(error));
  const receiver = await startWebhookReceiver();
  try {
    const service: Visited = {
      ...{
        apiUrl: fleet.apiUrl,
        client: createClient({ baseUrl: fleet.apiUrl, timeoutMs: Infinity, maxRetries: Infinity }),
        models: fleet.modelNames,
      },
      standIn: fleet.modelNames.every((name) => /^stand-in-\d+$/.test(name)),
      ...{ mix, stored: await storePhotos(fleet, mix, controller.signal), receiver, tally: createTally() },
      signal: controller.signal,
    };
    return await soak(fleet, service, options, reportDir);
  } finally {
    isStopping = true;
    receiver.close();
    await fleet.stop();
  }
}

async function soak(fleet: SoakFleet, service: Visited, options: SoakOptions, reportDir: string): Promise<SoakRecord> {
  const { signal, tally } = service;
  const startedAt = Date.now();
  const watch = watchFleet(fleet, service, options.sampleSeconds, join(reportDir, 'samples.jsonl'));
  const { jobs: photos, seconds, atOnce: mostAtOnce } = options;
  const sent = await runVisits({ visits: visitsFor(service), photos, seconds, mostAtOnce, signal }, (visit, number) => {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    return runVisit(visit, { ...service, signal: patience }, number);
  });
  const endedAt = Date.now();
  const samples = await watch.end();
  const heaps: Record<string, HeapSample[]> = {};
  for (const name of fleet.applications) heaps[name] = await readHeapSamples(fleet.heapFile(name));
  const { accepted, succeeded, failedRightly, canceled } = tally;
  tally.lost = accepted - succeeded - failedRightly - canceled;
  const leftovers = await waitForLeftovers(fleet, options.retentionSeconds, signal);
  const { applications } = fleet;
  return {
    ...{
      machine: describeMachine(),
      options,
      startedAt,
      endedAt,
      sent,
      tally,
      applications,
      samples,
      heaps,
      leftovers,
    },
  };
}

async function waitForLeftovers({ stores }: SoakFleet, retentionS: number, signal: AbortSignal): Promise<StoreSample> {
  await sleep(retentionS * 1_000, undefined, { signal });
  const deadline = Date.now() + sweptMs;
  for (;;) {
    const left = await sampleStores(stores, signal);
    if (leftoverFaults(left).length === 0 || Date.now() > deadline) return left;
    await sleep(leftoversEachMs, undefined, { signal });
  }
}

/** Photos that batches name, in the bucket from the beginning. */
async function storePhotos({ stores }: SoakFleet, mix: PhotoMix, signal: AbortSignal): Promise<string[]> {
  const keys: string[] = [];
  for (let number = 0; number < storedPhotos; number++) {
    const { blob, name } = mix.pick(number);
    const key = `inputs/soak/${number}-${name}`;
    await stores.storage.put(key, new Uint8Array(await blob.arrayBuffer()), { contentType: blob.type, signal });
    keys.push(key);
  }
  return keys;
}

function watchFleet(fleet: SoakFleet, { tally, signal }: Visited, sampleSeconds: number, file: string) {
  const samples: SoakSample[] = [];
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const watching = (async () => {
    for (let number = 0; !either.aborted; number++) {
      const stores = number % storesEach === 0 ? await sampleStores(fleet.stores, signal) : undefined;
      const sample = { at: Date.now(), processes: await fleet.sampleProcesses(), stores, photos: tally.accepted };
      samples.push(sample);
      await appendFile(file, `${JSON.stringify(sample)}\n`);
      await sleep(sampleSeconds * 1_000, undefined, { signal: either }).catch(() => undefined);
    }
  })();
  // A failure is thrown where it is waited for.
  watching.catch(() => undefined);
  return {
    end: async (): Promise<SoakSample[]> => {
      ended.abort();
      await watching;
      return samples;
    },
  };
}

interface Pace {
  readonly visits: readonly Visit[];
  /** Photos to be sent in that time. */
  readonly photos: number;
  readonly seconds: number;
  /** Visits in progress; beyond it, the next one waits for a place. */
  readonly mostAtOnce: number;
  readonly signal: AbortSignal;
}

/**
 * Starts visits in turn, spread evenly over a time however long each takes: each when its photos are due, and not after
 * the time is over. Resolves, when all of them have ended, to the number of photos that were sent.
 */
async function runVisits(pace: Pace, run: (visit: Visit, number: number) => Promise<void>): Promise<number> {
  const { visits, photos, seconds, mostAtOnce, signal } = pace;
  const startedAt = performance.now();
  const running = new Set<Promise<void>>();
  let sent = 0;
  for (let number = 0; sent < photos; number++) {
    const visit = visits[number % visits.length];
    if (visit === undefined) break;
    const dueMs = startedAt + (sent / photos) * seconds * 1_000 - performance.now();
    if (dueMs > 0) await sleep(dueMs, undefined, { signal });
    while (running.size >= mostAtOnce) await Promise.race(running);
    if (signal.aborted || performance.now() - startedAt > seconds * 1_000) break;
    const visiting: Promise<void> = run(visit, number).finally(() => running.delete(visiting));
    running.add(visiting);
    sent += visit.photos;
  }
  await Promise.all(running);
  return sent;
}
