import { collectDefaultMetrics, Registry } from 'prom-client';

export { Counter, Gauge, Histogram } from 'prom-client';
export type { Registry } from 'prom-client';

/** In Prometheus's text format. */
export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

/** What every series of a process is labeled with, so that rules need not know how the jobs of a scrape are called. */
interface CommonLabels {
  readonly process: 'api' | 'worker' | 'dispatcher';
  /** Of a worker: the only one that it serves. */
  readonly model?: string;
}

/** An application's metrics, including those of the process itself (CPU, memory, event loop). */
export function createRegistry(labels: CommonLabels): Registry {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** The answer to a scrape. */
export async function renderMetrics(registry: Registry): Promise<MetricsText> {
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** Bucket bounds in seconds: from an answer from memory to a photo that waited behind a batch. */
export const durationBucketsS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];
