import { describe } from 'vitest';
import { MemoryIdempotencyStore } from './memory-store.ts';
import { idempotencyConformance } from './store-conformance.ts';

describe('idempotency in memory', () => {
  idempotencyConformance(async () => ({ store: new MemoryIdempotencyStore(), close: async () => {} }));
});
