/**
 * Runs a batch from wherever it stands to its end. All of its state is in Redis and each step can be repeated, so a run
 * may stop anywhere and resume on another dispatcher.
 *
 * At most a window of its photos is on the parse queue at a time, where owners take turns, and an owner's open batches
 * share it: a huge batch, or many of them, neither fill Redis nor keep others waiting.
 */
import {
  AppError,
  batchJobId,
  batchWebhookEvents,
  finalBatchStatuses,
  isFinal,
  readJobData,
  toAppError,
} from '@m2fp/contract';
import type { BatchStatus, BatchWebhookEvent, CancelReason } from '@m2fp/contract';
import { viewBatch, type BatchRecord, type Batches } from '@m2fp/queue/batches';
import { cancelJob, readJobRecord, type CancelParts } from '@m2fp/queue/jobs';
import { findRevoked } from '@m2fp/queue/revocation';
import type { Deliveries } from '@m2fp/queue/webhooks';
import type { Logger } from '@m2fp/service/logger';
import type { ObjectStorage } from '@m2fp/storage';
import type { FinishedJob } from '../jobs/finished-jobs.ts';
import { storeAnnotations } from './batch-annotations.ts';
import { manifestKey, outcomeOf, packOutcome, storeManifest, untouched } from './batch-outcomes.ts';
import { listPage, photoPrefix, queuePhotos, type Photo } from './batch-photos.ts';
import type { Wakeups } from './wakeups.ts';

export interface RunBatchParts {
  readonly batches: Batches;
  readonly storage: Pick<ObjectStorage, 'get' | 'list' | 'putStream'>;
  /** The parse queue. */
  readonly parse: CancelParts;
  readonly deliveries: Deliveries;
  readonly wakeups: Wakeups;
  readonly log: Logger;
  readonly settings: {
    /** Photos on the queue at once, of all open batches of an owner; without keys, of one batch. */
    readonly window: number;
    readonly maxPhotos: number;
    readonly s3TimeoutMs: number;
    /** How often to look for jobs in flight that ended without an event. */
    readonly reconcileMs: number;
  };
}

/** After a temporary fault, such as storage that does not answer. */
const faultPauseMs = 1_000;
const looksAtOnce = 50;
/** A manifest of many thousands of lines takes longer than an ordinary request. */
const manifestTimeoutMs = 600_000;

export interface RunBatchCall {
  /** Ends the run between two steps. */
  readonly signal: AbortSignal;
  /** Ends it within a step, too. When it aborts, so does `signal`. */
  readonly stop: AbortSignal;
}

/** Resolves when the batch is final and its webhook queued, or when `signal` aborts. Temporary faults are retried. */
export async function runBatch(id: string, parts: RunBatchParts, call: RunBatchCall): Promise<void> {
  const { signal } = call;
  const log = parts.log.child({ batch: id });
  let lookedAt = -Infinity;
  while (!signal.aborted) {
    let batch: BatchRecord | undefined;
    try {
      batch = await parts.batches.find(id);
      if (batch === undefined) return;
      if (performance.now() - lookedAt >= parts.settings.reconcileMs) {
        await lookAtFlight(batch, parts);
        lookedAt = performance.now();
      }
      const hasEnded = await step(batch, parts, call);
      if (hasEnded) return;
    } catch (error) {
      if (signal.aborted) return;
      const { code, retryable } = toAppError(error);
      log[retryable ? 'warn' : 'error']({ code, err: error }, 'a step of the batch failed');
      if (retryable) await parts.wakeups.wait(id, faultPauseMs, signal);
      else if (batch !== undefined) await fail(batch, toAppError(error), parts);
    }
  }
}

/** Takes one step, then waits until the next one is due. Resolves to true if it was the last. */
async function step(batch: BatchRecord, parts: RunBatchParts, { signal, stop }: RunBatchCall): Promise<boolean> {
  const { batches, storage, settings, wakeups } = parts;
  const { id } = batch;
  if (finalBatchStatuses.has(batch.status)) {
    await batches.giveBack(batch);
    await announce(batch, parts);
    return true;
  }
  const isRevoked = await isKeyRevoked(batch, parts);
  if (isRevoked && !batch.isCancelRequested) {
    await batches.requestCancel(id);
    return false;
  }
  if (batch.isCancelRequested) await cancelPhotos(batch, isRevoked ? 'key-revoked' : 'canceled', parts);
  else if (!batch.isListed) {
    await listPage(batch, batches, storage, { maxPhotos: settings.maxPhotos, timeoutMs: settings.s3TimeoutMs });
    return false;
  } else await topUp(batch, parts);

  const { total, succeeded, failed, canceled } = (await batches.find(id)) ?? batch;
  if (succeeded + failed + canceled >= total) {
    await finish(batch, parts, stop);
    return false;
  }
  await wakeups.wait(id, settings.reconcileMs, signal);
  return false;
}

async function isKeyRevoked({ spec }: BatchRecord, { parse }: RunBatchParts): Promise<boolean> {
  return spec.keyId !== undefined && (await findRevoked(parse.redis, parse.keys, [spec.keyId])).has(spec.keyId);
}

async function fail(batch: BatchRecord, error: AppError, { batches }: RunBatchParts): Promise<void> {
  await batches.finish(batch, 'failed', { error }).catch(() => undefined);
}

async function topUp(batch: BatchRecord, parts: RunBatchParts): Promise<void> {
  const { start, size } = await parts.batches.claim(batch, parts.settings.window);
  if (size === 0) return;
  const keys = await parts.batches.inputs(batch.id, start, size);
  await queuePhotos(batch, photos(keys, start), parts.parse);
}

function photos(keys: readonly string[], start: number): Photo[] {
  return keys.map((key, place) => ({ key, index: start + place }));
}

/** Settles photos that ended without an event, and queues those that were claimed but never queued. */
async function lookAtFlight(batch: BatchRecord, parts: RunBatchParts): Promise<void> {
  const { batches, parse } = parts;
  await batches.keep(batch.id);
  await batches.recount(batch);
  const missing: Photo[] = [];
  const look = async (index: number): Promise<void> => {
    const jobId = batchJobId(batch.id, index);
    const record = await readJobRecord(parse.queue, parse.redis, jobId);
    if (record !== undefined) {
      if (!isFinal(record)) return;
      await settlePhoto({ record, data: readJobData(record) }, batches);
      await parse.ended.release(record);
      return;
    }
    const [key] = await batches.inputs(batch.id, index, 1);
    if (key !== undefined) missing.push({ index, key });
  };
  // As many as a window has, a few at a time.
  const inFlight = await batches.inFlight(batch.id);
  for (let start = 0; start < inFlight.length; start += looksAtOnce) {
    await Promise.all(inFlight.slice(start, start + looksAtOnce).map(look));
  }
  if (missing.length > 0 && !batch.isCancelRequested) await queuePhotos(batch, missing, parse);
}

/** Records the end of a batch's photo. Safe to repeat. */
export async function settlePhoto(job: FinishedJob, batches: Pick<Batches, 'settle'>): Promise<void> {
  const { batch } = job.data;
  if (batch === undefined) return;
  const outcome = outcomeOf(job, batch.index);
  await batches.settle(batch.id, batch.index, outcome.status, packOutcome(outcome, job.data.output.prefix));
}

async function cancelPhotos(
  batch: BatchRecord,
  reason: CancelReason,
  { batches, parse }: RunBatchParts,
): Promise<void> {
  await batches.dropRest(batch.id);
  // Last to first: if the running ones were stopped first, their workers would start the waiting ones.
  const inFlight = await batches.inFlight(batch.id);
  for (const index of inFlight.sort((a, b) => b - a)) {
    const outcome = await cancelJob(batchJobId(batch.id, index), parse, reason);
    if (outcome !== 'unknown') continue;
    const [key = ''] = await batches.inputs(batch.id, index, 1);
    const nothing = packOutcome(untouched(index, key), photoPrefix(batch, index));
    await batches.settle(batch.id, index, 'canceled', nothing);
  }
}

async function finish(batch: BatchRecord, parts: RunBatchParts, stop: AbortSignal): Promise<void> {
  const { batches, storage, log, settings } = parts;
  const latest = (await batches.find(batch.id)) ?? batch;
  await storeManifest(latest, batches, storage, AbortSignal.timeout(manifestTimeoutMs));
  const status: BatchStatus = latest.isCancelRequested ? 'canceled' : 'finished';
  const annotationsKey = await storeAnnotations(latest, { batches, storage, log, ...settings }, stop);
  await batches.finish(batch, status, { manifestKey: manifestKey(latest), annotationsKey });
  const { total, succeeded, failed, canceled } = latest;
  log.info({ batch: batch.id, status, total, succeeded, failed, canceled }, 'batch ended');
}

/** Queues its webhook, once. */
async function announce(batch: BatchRecord, { deliveries }: RunBatchParts): Promise<void> {
  const { webhook, owner, keyId } = batch.spec;
  const event = batchWebhookEvents.find((name): name is BatchWebhookEvent => name === `batch.${batch.status}`);
  if (event === undefined) throw new AppError('internal', `A batch that is ${batch.status} has not ended.`);
  if (!webhook?.events.includes(event)) return;
  await deliveries.announce({ owner, keyId, subject: batch.id, event, url: webhook.url, data: viewBatch(batch) });
}
