import { describe } from 'vitest';
import { MemoryJobQueue } from './memory-queue.ts';
import { queueConformance } from './queue-conformance.ts';

describe('the queue in memory', () => {
  queueConformance(async () => {
    const queue = new MemoryJobQueue();
    return { queue, worker: queue, changes: queue, close: async () => {} };
  });
});
