/** What every `IdempotencyStore` must do, run against the one in memory (unit) and the one in Redis (integration). */
import { expect, test } from 'vitest';
import type { IdempotencyStore, KeptCreate } from '../src/idempotency/idempotency-store.ts';

function create(id: string): KeptCreate {
  return { v: 1, fingerprint: `print of ${id}`, id, state: 'pending', content: { photo: id } };
}

/** @param open an empty store each time */
export function idempotencyConformance(open: () => Promise<{ store: IdempotencyStore; close: () => Promise<void> }>) {
  for (const [behavior, check] of Object.entries(behaviors)) {
    test(behavior, async () => {
      const { store, close } = await open();
      try {
        await check(store);
      } finally {
        await close();
      }
    });
  }
}

const behaviors: Record<string, (store: IdempotencyStore) => Promise<void>> = {
  'keeps the first claim of a key': async (store) => {
    expect(await store.find('owner', 'key')).toBeUndefined();
    expect(await store.claim('owner', 'key', create('first'))).toEqual(create('first'));
    expect(await store.claim('owner', 'key', create('second'))).toEqual(create('first'));
    expect(await store.find('owner', 'key')).toEqual(create('first'));
  },

  'gives a key to one of many who claim it at once': async (store) => {
    const names = Array.from({ length: 20 }, (_, index) => `number ${index}`);
    const kept = await Promise.all(names.map((name) => store.claim('owner', 'key', create(name))));
    expect(new Set(kept.map(({ id }) => id)).size).toBe(1);
  },

  'keeps owners apart': async (store) => {
    await store.claim('a', 'key', create('first'));
    expect(await store.claim('b', 'key', create('second'))).toEqual(create('second'));
  },

  'keeps keys of any text': async (store) => {
    await store.claim('owner', 'a:b *\\n', create('odd'));
    expect(await store.find('owner', 'a:b *\\n')).toEqual(create('odd'));
    expect(await store.find('owner', 'a:b')).toBeUndefined();
  },

  'keeps what was settled': async (store) => {
    await store.claim('owner', 'key', create('first'));
    const done: KeptCreate = { ...create('first'), state: 'done', content: ['answer'] };
    await store.settle('owner', 'key', done);
    expect(await store.find('owner', 'key')).toEqual(done);
  },

  'keeps nothing of a key that was released, and does not settle it': async (store) => {
    await store.claim('owner', 'key', create('first'));
    await store.release('owner', 'key');
    await store.settle('owner', 'key', { ...create('first'), state: 'done' });
    expect(await store.find('owner', 'key')).toBeUndefined();
  },
};
