import { Counter, createRegistry, registerQueueDepth, renderMetrics, type MetricsText } from '@m2fp/service/metrics';
import type { Queue } from 'bullmq';

/** How an attempt to deliver a webhook ended; after `retried`, another follows. */
export type WebhookOutcome = 'delivered' | 'retried' | 'failed';

export interface DispatcherMetrics {
  readonly webhook: (outcome: WebhookOutcome) => void;
  /** The answer to a scrape. */
  render(): Promise<MetricsText>;
}

/** This dispatcher's metrics for Prometheus. @param queues its own: of batches and of webhooks */
export function createDispatcherMetrics(queues: readonly Queue[]): DispatcherMetrics {
  const registry = createRegistry();
  const attempts = new Counter({
    name: 'm2fp_webhook_attempts_total',
    help: 'Attempts to deliver webhooks, by outcome; after a retried one, another follows.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of ['delivered', 'retried', 'failed'] satisfies WebhookOutcome[]) attempts.inc({ outcome }, 0);
  registerQueueDepth(registry, () =>
    Promise.all(queues.map(async (queue) => ({ queue: queue.name, counts: await queue.getJobCounts() }))),
  );
  return {
    webhook: (outcome) => attempts.inc({ outcome }),
    render: () => renderMetrics(registry),
  };
}
