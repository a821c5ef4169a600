import { measuredOperations, type StorageCall } from '@m2fp/storage';
import { Counter, durationBucketsS, Histogram, type Registry } from './registry.ts';

/** Counts calls to S3, from before there is a registry. */
export interface StorageMeter {
  /** For `measuredStorage`. */
  readonly onCall: (call: StorageCall) => void;
  readonly register: (registry: Registry) => void;
}

export function createStorageMeter(): StorageMeter {
  const calls = new Counter({
    name: 'm2fp_s3_calls_total',
    help: 'Calls to S3 by how they ended: ok, an error code and its reason, timeout, or aborted by whoever asked.',
    labelNames: ['operation', 'outcome', 'reason'],
    registers: [],
  });
  const seconds = new Histogram({
    name: 'm2fp_s3_call_seconds',
    help: 'How long calls to S3 took, retries included.',
    labelNames: ['operation'],
    buckets: durationBucketsS,
    registers: [],
  });
  // A rate needs a series from before the first of its kind.
  for (const operation of measuredOperations) {
    for (const outcome of ['ok', 'storage_unavailable', 'timeout'])
      calls.inc({ operation, outcome, reason: 'none' }, 0);
  }
  return {
    onCall: ({ operation, outcome, reason, durationMs }) => {
      calls.inc({ operation, outcome, reason: reason ?? 'none' });
      seconds.observe({ operation }, durationMs / 1_000);
    },
    register: (registry) => {
      registry.registerMetric(calls);
      registry.registerMetric(seconds);
    },
  };
}
