import type { ShareName } from '@m2fp/contract';
import {
  Counter,
  createRegistry,
  Gauge,
  registerQueueDepth,
  renderMetrics,
  type MetricsText,
} from '@m2fp/service/metrics';
import type { Queue } from 'bullmq';
import type { DeliverySlots } from './webhooks/delivery-slots.ts';

/** How an attempt to deliver a webhook ended; after `retried`, another follows. */
export type WebhookOutcome = 'delivered' | 'retried' | 'failed';

/** Objects that are removed from the bucket: too old, or photos that never got a job. */
const removedKinds = ['results', 'uploads', 'abandoned'] as const;
export type RemovedKind = (typeof removedKinds)[number];

export interface DispatcherMetrics {
  readonly webhook: (outcome: WebhookOutcome) => void;
  /** Objects that were removed from the bucket. */
  readonly removed: (kind: RemovedKind, count: number) => void;
  /** The answer to a scrape. */
  render(): Promise<MetricsText>;
}

/**
 * This dispatcher's metrics for Prometheus.
 * @param readQueues its own: of batches, and of webhooks
 */
export function createDispatcherMetrics(
  readQueues: () => readonly Queue[],
  slots: Pick<DeliverySlots, 'byOwner'>,
): DispatcherMetrics {
  const registry = createRegistry();
  const attempts = new Counter({
    name: 'm2fp_webhook_attempts_total',
    help: 'Attempts to deliver webhooks, by outcome; after a retried one, another follows.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of ['delivered', 'retried', 'failed'] satisfies WebhookOutcome[]) attempts.inc({ outcome }, 0);
  const removals = new Counter({
    name: 'm2fp_objects_removed_total',
    help: 'Objects removed from the bucket: old results, old uploads, and photos that never got a job.',
    labelNames: ['kind'],
    registers: [registry],
  });
  for (const kind of removedKinds) removals.inc({ kind }, 0);
  new Gauge({
    name: 'm2fp_owner_share_held',
    help: 'What an owner has of a share. Of deliveries: attempts that are being made now by this dispatcher.',
    labelNames: ['owner', 'share'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [owner, held] of slots.byOwner()) this.set({ owner, share: 'deliveries' satisfies ShareName }, held);
    },
  });
  registerQueueDepth(registry, () =>
    Promise.all(readQueues().map(async (queue) => ({ queue: queue.name, counts: await queue.getJobCounts() }))),
  );
  return {
    webhook: (outcome) => attempts.inc({ outcome }),
    removed: (kind, count) => removals.inc({ kind }, count),
    render: () => renderMetrics(registry),
  };
}
