import { collectDefaultMetrics, Registry } from 'prom-client';

/** An application's metrics: those of the process itself (CPU, memory, event loop) are among them already. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Bounds of buckets, seconds: from an answer out of memory to a photo that waited behind a batch. */
export const durationBucketsS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];
