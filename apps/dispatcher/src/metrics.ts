import type { ShareName } from '@m2fp/contract';
import type { Attempt } from '@m2fp/queue/webhooks';
import {
  Counter,
  createRegistry,
  durationBucketsS,
  Gauge,
  Histogram,
  registerNeeds,
  registerQueueDepth,
  renderMetrics,
  type MetricsText,
  type QueueCounts,
  type Registry,
  type StorageMeter,
} from '@m2fp/service/metrics';
import type { SlotKind, SlotsInUse } from './retention/owner-slots.ts';
import type { DeliverySlots } from './webhooks/delivery-slots.ts';
import { attemptErrors } from './webhooks/send.ts';

/** How an attempt to deliver a webhook ended; after `retried`, another follows. */
export type WebhookOutcome = 'delivered' | 'retried' | 'failed';

/** An attempt at a delivery that was created at that time. */
export interface WebhookAttempt {
  readonly outcome: WebhookOutcome;
  readonly attempt: Pick<Attempt, 'duration_ms' | 'error'>;
  readonly createdAtMs: number;
}

/** Objects that are removed from the bucket: too old, or photos that never got a job. */
const removedKinds = ['results', 'uploads', 'abandoned'] as const;
export type RemovedKind = (typeof removedKinds)[number];

export interface DispatcherMetrics {
  readonly webhook: (attempt: WebhookAttempt) => void;
  /** Objects that were removed from the bucket. */
  readonly removed: (kind: RemovedKind, count: number) => void;
  /** Slots that were taken by what had ended. */
  readonly leaked: (kind: SlotKind, count: number) => void;
  readonly slots: (found: SlotsInUse) => void;
  /** The answer to a scrape. */
  render(): Promise<MetricsText>;
}

export interface DispatcherMetricSources {
  /** Its own: of batches, and of webhooks. Rejects while Redis is down. */
  readonly queues: () => Promise<readonly QueueCounts[]>;
  readonly slots: Pick<DeliverySlots, 'byOwner'>;
  /** When the oldest delivery that waits for its turn was queued, ms; undefined if none waits. Rejects likewise. */
  readonly oldestDelivery: () => Promise<number | undefined>;
  /** Of `redis` and `storage`. */
  readonly whatIsMissing: () => Promise<{ readonly missing: readonly string[] }>;
  readonly storage: Pick<StorageMeter, 'register'>;
}

/** Owners with series of their own, so that there are never more than a dashboard can show. */
const shownOwners = 20;
/** All others together. No owner can be called that. */
const others = '_others';

/** This dispatcher's metrics for Prometheus. */
export function createDispatcherMetrics(sources: DispatcherMetricSources): DispatcherMetrics {
  const registry = createRegistry({ process: 'dispatcher' });
  const removals = new Counter({
    name: 'm2fp_objects_removed_total',
    help: 'Objects removed from the bucket: old results, old uploads, and photos that never got a job.',
    labelNames: ['kind'],
    registers: [registry],
  });
  for (const kind of removedKinds) removals.inc({ kind }, 0);
  registerNeeds(registry, ['redis', 'storage'], sources.whatIsMissing);
  sources.storage.register(registry);
  registerQueueDepth(registry, sources.queues);
  return {
    ...registerWebhooks(registry, sources),
    ...registerSlots(registry),
    removed: (kind, count) => removals.inc({ kind }, count),
    render: () => renderMetrics(registry),
  };
}

function registerWebhooks(
  registry: Registry,
  { slots, oldestDelivery }: DispatcherMetricSources,
): Pick<DispatcherMetrics, 'webhook'> {
  const registers = [registry];
  const attempts = new Counter({
    name: 'm2fp_webhook_attempts_total',
    help: 'Attempts to deliver webhooks, by outcome and what was wrong; after a retried one, another follows.',
    labelNames: ['outcome', 'error'],
    registers,
  });
  // A rate needs a series from before the first of its kind.
  attempts.inc({ outcome: 'delivered', error: 'none' }, 0);
  for (const error of attemptErrors) {
    for (const outcome of ['retried', 'failed'] satisfies WebhookOutcome[]) attempts.inc({ outcome, error }, 0);
  }
  const seconds = new Histogram({
    name: 'm2fp_webhook_attempt_seconds',
    help: 'How long receivers took to answer, or the attempt to fail.',
    buckets: durationBucketsS,
    registers,
  });
  const ages = new Histogram({
    name: 'm2fp_webhook_delivery_seconds',
    help: 'From an event to when its receiver accepted it.',
    buckets: [...durationBucketsS, 6 * 3_600, 24 * 3_600],
    registers,
  });
  new Gauge({
    name: 'm2fp_webhook_oldest_seconds',
    help: 'Age of the oldest delivery that waits for its turn now; those that wait for another attempt do not count.',
    registers,
    async collect() {
      this.remove();
      const oldestAtMs = await oldestDelivery().catch(() => NaN);
      if (Number.isNaN(oldestAtMs)) return;
      this.set(oldestAtMs === undefined ? 0 : Math.max(0, Date.now() - oldestAtMs) / 1_000);
    },
  });
  new Gauge({
    name: 'm2fp_owner_share_held',
    help: `Attempts that this dispatcher makes now, of the ${shownOwners} owners that have most.`,
    labelNames: ['owner', 'share'],
    registers,
    collect() {
      this.reset();
      for (const [owner, held] of most(slots.byOwner()).shown) {
        this.set({ owner, share: 'deliveries' satisfies ShareName }, held);
      }
    },
  });
  return {
    webhook: ({ outcome, attempt, createdAtMs }) => {
      attempts.inc({ outcome, error: attempt.error ?? 'none' });
      seconds.observe(attempt.duration_ms / 1_000);
      if (outcome === 'delivered') ages.observe(Math.max(0, Date.now() - createdAtMs) / 1_000);
    },
  };
}

function registerSlots(registry: Registry): Pick<DispatcherMetrics, 'leaked' | 'slots'> {
  const registers = [registry];
  const used = new Gauge({
    name: 'm2fp_slots_used',
    help: 'Slots of owners’ shares that are taken: of unfinished jobs, and of open batches.',
    labelNames: ['kind'],
    registers,
  });
  const leaked = new Counter({
    name: 'm2fp_slots_leaked_total',
    help: 'Slots that were taken by jobs or batches that had ended, and were given back.',
    labelNames: ['kind'],
    registers,
  });
  for (const kind of ['jobs', 'batches'] satisfies SlotKind[]) leaked.inc({ kind }, 0);
  const photos = new Gauge({
    name: 'm2fp_owner_photos',
    help: `Unfinished photos of the ${shownOwners} owners that have most, and of the others (${others}).`,
    labelNames: ['owner'],
    registers,
  });
  return {
    leaked: (kind, count) => leaked.inc({ kind }, count),
    slots: (found) => {
      for (const [kind, count] of Object.entries(found.used)) used.set({ kind }, count);
      photos.reset();
      const { shown, rest } = most(found.photosByOwner);
      for (const [owner, count] of shown) photos.set({ owner }, count);
      photos.set({ owner: others }, rest);
    },
  };
}

/** The owners that have most, without those that have nothing, and what the rest has together. */
function most(byOwner: Iterable<readonly [string, number]>) {
  const sorted = [...byOwner].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
  const rest = sorted.slice(shownOwners).reduce((sum, [, count]) => sum + count, 0);
  return { shown: sorted.slice(0, shownOwners), rest };
}
