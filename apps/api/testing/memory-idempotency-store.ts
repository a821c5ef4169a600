import type { IdempotencyStore, KeptCreate } from '../src/idempotency/idempotency-store.ts';

/** In this process's memory, for tests. */
export class MemoryIdempotencyStore implements IdempotencyStore {
  readonly #creates = new Map<string, KeptCreate>();

  async find(owner: string, key: string): Promise<KeptCreate | undefined> {
    return this.#creates.get(`${owner} ${key}`);
  }

  async claim(owner: string, key: string, create: KeptCreate): Promise<KeptCreate> {
    const kept = this.#creates.get(`${owner} ${key}`);
    if (kept === undefined) this.#creates.set(`${owner} ${key}`, structuredClone(create));
    return kept ?? create;
  }

  async settle(owner: string, key: string, create: KeptCreate): Promise<void> {
    if (this.#creates.has(`${owner} ${key}`)) this.#creates.set(`${owner} ${key}`, structuredClone(create));
  }

  async release(owner: string, key: string): Promise<void> {
    this.#creates.delete(`${owner} ${key}`);
  }
}
