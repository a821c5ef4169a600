/** Prometheus metrics: what the applications have in common. */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export { Counter, Gauge, Histogram } from 'prom-client';
export type { Registry } from 'prom-client';

/** In Prometheus's text format. */
export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

/** An application's metrics, including those of the process itself (CPU, memory, event loop). */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** The answer to a scrape. */
export async function renderMetrics(registry: Registry): Promise<MetricsText> {
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** Bucket bounds in seconds: from an answer from memory to a photo that waited behind a batch. */
export const durationBucketsS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

export interface QueueCounts {
  /** The queue's name in Redis, without the prefix. */
  readonly queue: string;
  /** How many jobs are in each state. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Jobs by queue and state, read at each scrape. While Redis is down the series are absent. */
export function registerQueueDepth(registry: Registry, read: () => Promise<readonly QueueCounts[]>): void {
  new Gauge({
    name: 'm2fp_queue_jobs',
    help: 'Jobs in a queue, by state. Completed and failed ones are those that are still kept.',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      this.reset();
      const all = await read().catch(() => []);
      for (const { queue, counts } of all) {
        for (const [state, count] of Object.entries(counts)) this.set({ queue, state }, count);
      }
    },
  });
}
