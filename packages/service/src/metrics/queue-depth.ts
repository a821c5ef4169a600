import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

export interface QueueCounts {
  /** As Redis has it, without its prefix. */
  readonly queue: string;
  /** How many jobs are in each state. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Jobs by queue and state, asked for at each scrape. While Redis is away there are none to be seen. */
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
