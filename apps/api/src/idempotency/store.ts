import { z } from 'zod';

/**
 * What is kept under an idempotency key. `pending`: what is to be made is decided, and whoever comes with the key may
 * make it, because making it twice makes it once. `done`: the first answer.
 */
export const keptCreateSchema = z.strictObject({
  v: z.literal(1),
  /** Of the payload: the same key with another one is a mistake. */
  fingerprint: z.string(),
  /** Of what is made. */
  id: z.string(),
  state: z.enum(['pending', 'done']),
  /** While pending, what is to be made; then the first answer. */
  content: z.unknown(),
});
export type KeptCreate = z.infer<typeof keptCreateSchema>;

/** Keeps creates for a day. Each call answers or throws `QueueUnavailable` within its own deadline. */
export interface IdempotencyStore {
  find(owner: string, key: string): Promise<KeptCreate | undefined>;
  /** Keeps the create, unless there is one under the key already; returns the one that is kept. */
  claim(owner: string, key: string, create: KeptCreate): Promise<KeptCreate>;
  /** What was claimed is made. */
  settle(owner: string, key: string, create: KeptCreate): Promise<void>;
  /** Nothing is to be kept under the key any more. */
  release(owner: string, key: string): Promise<void>;
}
