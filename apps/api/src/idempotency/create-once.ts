/**
 * Creates that can be sent again. What to create is decided first, stored under the client's key, and then created:
 * every request with the same key and payload creates, or finds, the very same thing, even if it arrives at the same
 * time, at another process, or after the first one died in between.
 */
import { createHash } from 'node:crypto';
import { AppError, bounds } from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ApiEnv } from '../http/context.ts';
import { parseOrRefuse } from '../http/problem.ts';
import type { IdempotencyStore } from './idempotency-store.ts';

export const idempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(bounds.idempotencyKey.max)
    .regex(/^[\x20-\x7e]*$/, 'Must be printable ASCII')
    .optional()
    .meta({
      description:
        'Anything unique, such as the UUID `5f0c8e3a-4b1d-4c2e-9f6a-7d8e9c0b1a2f`. Within 24 hours, the same key and ' +
        'payload return the first answer again and nothing is created twice; a different payload is refused.',
    }),
});

/** Throws `invalid_request` for an invalid key. */
export function idempotencyKeyOf(context: Context<ApiEnv>): string | undefined {
  const key = context.req.header('idempotency-key');
  return parseOrRefuse(idempotencyHeader, { 'idempotency-key': key })['idempotency-key'];
}

export interface CreateSteps<Content, Answer> {
  /** Decides what to create. Not called if the key is known. */
  readonly prepare: () => Promise<{ id: string; content: Content }>;
  /** Creates it and returns the answer. Doing so again with the same arguments must create nothing new. */
  readonly make: (id: string, content: Content) => Promise<Answer>;
  /** What was stored is checked again: another version may have written it. */
  readonly contentSchema: z.ZodType<Content>;
  readonly answerSchema: z.ZodType<Answer>;
}

export interface Created<Answer> {
  readonly id: string;
  readonly answer: Answer;
  /** It was created before: nothing of this request is part of it. */
  readonly isReplay: boolean;
}

export interface KeyedCreate {
  readonly owner: string;
  readonly key: string | undefined;
  /** Everything that defines the request, including its route. */
  readonly payload: unknown;
}

/** Throws `idempotency_mismatch`, and what the steps throw: nothing is stored for a create that was refused. */
export async function createOnce<Content, Answer>(
  { owner, key, payload }: KeyedCreate,
  store: IdempotencyStore,
  steps: CreateSteps<Content, Answer>,
): Promise<Created<Answer>> {
  if (key === undefined) {
    const { id, content } = await steps.prepare();
    return { id, answer: await steps.make(id, content), isReplay: false };
  }
  const print = fingerprint(payload);
  let kept = await store.find(owner, key);
  let isReplay = true;
  if (kept === undefined) {
    const { id, content } = await steps.prepare();
    kept = await store.claim(owner, key, { v: 1, fingerprint: print, id, state: 'pending', content });
    isReplay = kept.id !== id;
  }
  if (kept.fingerprint !== print) {
    throw new AppError('idempotency_mismatch', 'This Idempotency-Key was used with a different payload.');
  }
  const { id } = kept;
  if (kept.state === 'done') return { id, answer: steps.answerSchema.parse(kept.content), isReplay };
  const answer = await steps.make(id, steps.contentSchema.parse(kept.content));
  await store.settle(owner, key, { ...kept, state: 'done', content: answer });
  return { id, answer, isReplay };
}

/** The same for the same JSON value, whatever the order of its names. */
function fingerprint(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, entry]) => [name, sorted(entry)]));
}
