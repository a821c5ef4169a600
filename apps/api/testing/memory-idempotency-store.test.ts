import { describe } from 'vitest';
import { MemoryIdempotencyStore } from './memory-idempotency-store.ts';
import { idempotencyConformance } from './idempotency-conformance.ts';

describe('idempotency in memory', () => {
  idempotencyConformance(async () => ({ store: new MemoryIdempotencyStore(), close: async () => {} }));
});
