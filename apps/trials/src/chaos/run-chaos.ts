/**
 * A run: an undisturbed service parses each photo once, then users and disturbances come together, then all heals. In
 * the end the service has to be as if nothing had happened.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeMachine, type Machine } from '@m2fp/bench';
import { redisKeys } from '@m2fp/contract';
import { checkBatches } from './checks/batches.ts';
import { checkBucket } from './checks/bucket.ts';
import type { Evidence, Finding } from './checks/evidence.ts';
import { checkJobs } from './checks/jobs.ts';
import { checkRedisKeys } from './checks/redis-keys.ts';
import { checkShares, endWaitForUploads, whatMoves } from './checks/settled.ts';
import { checkWebhooks } from './checks/webhooks.ts';
import { disturb, type Done } from './disturb.ts';
import { type Load, startLoad } from './load.ts';
import { Reference } from './photos.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { planSchedule, type Role } from './schedule.ts';
import { setUpStage, type Stage } from './stage.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly jobs: number;
  readonly batches: number;
  readonly batchPhotos: number;
  readonly cancels: number;
  readonly kills: number;
  readonly seconds: number;
  /** After the last disturbance, at most so long until all has settled. */
  readonly settleSeconds: number;
  readonly lockMs: number;
  readonly model: string | undefined;
  readonly replicas: Readonly<Record<Role, number>>;
  readonly logDir: string;
  readonly signal: AbortSignal;
  readonly onStep: (line: string) => void;
}

export interface ChaosReport {
  readonly machine: Machine;
  readonly seed: number;
  readonly seconds: number;
  /** By kind. */
  readonly disturbances: Done;
  readonly kills: number;
  readonly jobs: Readonly<Record<string, number>>;
  readonly batches: Readonly<Record<string, number>>;
  readonly webhooks: { readonly events: number; readonly calls: number };
  readonly objects: { readonly all: number; readonly compared: number; readonly unfinishedUploads: number };
  readonly redisKeys: number;
  /** From the last disturbance until nothing moved anymore, s. */
  readonly settledAfterS: number;
  /** Processes that did not answer their liveness probe and were started again. */
  readonly probeRestarts: number;
  readonly findings: readonly Finding[];
}

/** Of webhooks. */
const failingShare = 0.3;
/** Each is parsed with each set of options before anything is disturbed: a small run has few. */
const leastPhotos = 6;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, signal, onStep } = options;
  const { jobs, batches, batchPhotos, cancels, seconds } = options;
  await using stage = await setUpStage({ ...options, photos: Math.max(leastPhotos, Math.round(jobs / 20)) });
  const reference = new Reference();
  onStep(`parsing ${stage.photos.length} photos, undisturbed`);
  await reference.measure(stage.reference, stage.photos, stage.storage, signal);

  const receiver = await startReceiver({ seed, secrets: await readSecrets(stage, signal), share: failingShare });
  const over = new AbortController();
  const load = startLoad(
    stage.service,
    {
      ...{ seed, jobs, batches, batchPhotos, cancels, owners: stage.owners, photos: stage.photos },
      // The last ones end among the last disturbances.
      seconds: seconds * 0.95,
      webhookUrl: (owner) => receiver.urlFor(owner),
    },
    AbortSignal.any([signal, over.signal]),
  );
  try {
    const schedule = planSchedule(options);
    const done = await disturb(stage, { seed, schedule, signal, onStep });
    onStep('everything heals');
    receiver.recover();
    const evidence = evidenceOf(stage, { load, reference, receiver }, signal);
    return await judge(options, { stage, evidence, done });
  } finally {
    over.abort();
    await load.done.catch(() => undefined);
    await receiver.close();
  }
}

async function readSecrets({ owners, service }: Stage, signal: AbortSignal): Promise<Map<string, string>> {
  const secrets = new Map<string, string>();
  for (const owner of owners) {
    const answer = await service.request<{ secrets: { secret: string }[] }>(owner, '/v1/webhooks/secrets', signal);
    secrets.set(owner.name, answer.secrets[0]?.secret ?? '');
  }
  return secrets;
}

function evidenceOf(
  stage: Stage,
  parts: { readonly load: Load; readonly reference: Reference; readonly receiver: Receiver },
  signal: AbortSignal,
): Evidence {
  const { service, owners, operatorKey, photos, storage, bucketUrl, connection, prefix, model, replicas } = stage;
  return {
    ...{ service, owners, operatorKey, photos, storage, bucketUrl, prefix, model, signal },
    ...{ apis: replicas.api, redis: connection, keys: redisKeys(prefix), ...parts },
  };
}

interface Ended {
  readonly stage: Stage;
  readonly evidence: Evidence;
  readonly done: Done;
}

async function judge(options: ChaosOptions, { stage, evidence, done }: Ended): Promise<ChaosReport> {
  const healedAt = performance.now();
  const moving = await settle(options, stage, evidence);
  const settledAfterS = Math.round((performance.now() - healedAt) / 1_000);
  const { onStep, seed, seconds } = options;
  onStep(`settled after ${settledAfterS} s; looking at what is left`);
  const { jobs, findings: ofJobs } = await checkJobs(evidence);
  const { batches, findings: ofBatches } = await checkBatches(evidence);
  const bucket = await checkBucket(evidence, jobs, batches);
  const redis = await checkRedisKeys(evidence);
  const { load, receiver } = evidence;
  const replicas = Object.values(stage.replicas).flat();
  return {
    ...{ machine: describeMachine(), seed, seconds, disturbances: done, kills: countKills(done) },
    jobs: { accepted: jobs.length, repeated: load.repeats, ...countBy(jobs.map(outcomeOf)) },
    batches: { accepted: batches.length, ...countBy(batches.map(({ status }) => status)) },
    webhooks: { events: receiver.received.size, calls: receiver.calls },
    objects: { all: bucket.objects, compared: bucket.compared, unfinishedUploads: bucket.unfinishedUploads },
    ...{ redisKeys: redis.keys, settledAfterS },
    probeRestarts: replicas.reduce((sum, { probeRestarts }) => sum + probeRestarts, 0),
    findings: [
      ...moving.map((what) => ({ check: 'settled', what })),
      ...load.refusals.map((what) => ({ check: 'users', what })),
      ...stage.mishaps.map(({ who, what }) => ({ check: 'processes', what: `${who} ${what}` })),
      ...ofJobs,
      ...ofBatches,
      ...bucket.findings,
      ...(await checkWebhooks(evidence, jobs, batches)),
      ...(await checkShares(evidence)),
      ...redis.findings,
    ],
  };
}

/** Waits until all run and nothing moves. Resolves to what still does when the time is over. */
async function settle(options: ChaosOptions, stage: Stage, evidence: Evidence): Promise<string[]> {
  const { settleSeconds, signal } = options;
  const deadline = performance.now() + settleSeconds * 1_000;
  await stage.ready();
  for (;;) {
    const moving = await whatMoves(evidence);
    const isLate = performance.now() > deadline;
    if (moving.length === 0 || isLate) return moving;
    // Only once no request is on its way anymore.
    if (evidence.load.unfinished() === 0) await endWaitForUploads(evidence);
    await sleep(500, undefined, { signal });
  }
}

function outcomeOf({
  view,
}: {
  readonly view: { readonly status: string; readonly error?: { code: string } };
}): string {
  return view.status === 'failed' ? `failed: ${view.error?.code}` : view.status;
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

function countKills(done: Done): number {
  return Object.entries(done).reduce((sum, [name, count]) => sum + (name.startsWith('kill ') ? count : 0), 0);
}
