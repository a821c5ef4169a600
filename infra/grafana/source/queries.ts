/** Queries and panels that several dashboards have. docs/monitoring.md says what each metric is. */
import type { Panel } from './panel.ts';

export const rate = (series: string): string => `rate(${series}[$__rate_interval])`;
export const quantile = (share: number, buckets: string, by = 'le'): string =>
  `histogram_quantile(${share}, sum by (${by}) (${rate(buckets)}))`;

export const memory = (of: string): Panel => ({
  title: 'Memory of each process',
  about: 'Resident memory. What is normal: docs/performance.md. A line that only ever rises is a leak.',
  queries: [[`process_resident_memory_bytes{process="${of}"}`, '{{instance}}']],
  unit: 'bytes',
});
export const eventLoop = (of: string): Panel => ({
  title: 'Late timers (p99)',
  about: 'How long the process could do nothing else. Above half a second, a worker may lose its jobs.',
  queries: [[`nodejs_eventloop_lag_p99_seconds{process="${of}"}`, '{{instance}}']],
  unit: 's',
});
