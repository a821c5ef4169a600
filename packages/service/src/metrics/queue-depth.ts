import { Gauge, type Registry } from './registry.ts';

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
