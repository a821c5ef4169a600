/** Prometheus metrics: what all applications have in common. */
export { Counter, Gauge, Histogram } from 'prom-client';
export type { Registry } from 'prom-client';
export * from './queue-depth.ts';
export * from './registry.ts';
