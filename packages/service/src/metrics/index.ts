/** Prometheus metrics: what the applications have in common. docs/monitoring.md lists all of them. */
export { registerNeeds } from './needs.ts';
export {
  Counter,
  createRegistry,
  durationBucketsS,
  Gauge,
  Histogram,
  renderMetrics,
  type MetricsText,
  type Registry,
} from './registry.ts';
export { registerQueueDepth, type QueueCounts } from './queue-depth.ts';
export { createStorageMeter, type StorageMeter } from './storage-calls.ts';
