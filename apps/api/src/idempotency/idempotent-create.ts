/**
 * Creates that can be sent again. What is to be made is decided first, kept under the client's key, and then made:
 * whoever comes with the same key and payload makes, or finds, the very same thing, also at the same time, on another
 * process, or after the first one died in between.
 */
import { AppError } from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ApiEnv } from '../http/context.ts';
import { parseOrRefuse } from '../http/errors.ts';
import { fingerprint } from './fingerprint.ts';
import type { IdempotencyStore } from './store.ts';

const maxKeyLength = 255;

export const idempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(maxKeyLength)
    .regex(/^[\x20-\x7e]*$/, 'Must be printable ASCII')
    .optional()
    .meta({
      description:
        'Anything unique, such as the UUID `5f0c8e3a-4b1d-4c2e-9f6a-7d8e9c0b1a2f`. The same key and payload within 24 hours give the first answer again, and ' +
        'nothing is made twice; another payload is refused.',
    }),
});

/** Throws `invalid_request` for a key that is none. */
export function idempotencyKeyOf(context: Context<ApiEnv>): string | undefined {
  const key = context.req.header('idempotency-key');
  return parseOrRefuse(idempotencyHeader, { 'idempotency-key': key })['idempotency-key'];
}

export interface CreateSteps<Content, Answer> {
  /** Decides what is to be made. Not called where the key is known. */
  readonly prepare: () => Promise<{ id: string; content: Content }>;
  /** Makes it and returns the answer to it. Doing it again with the same arguments must make nothing new. */
  readonly make: (id: string, content: Content) => Promise<Answer>;
  /** What was kept, checked again; it may be of another version. */
  readonly contentSchema: z.ZodType<Content>;
  readonly answerSchema: z.ZodType<Answer>;
}

export interface Created<Answer> {
  readonly id: string;
  readonly answer: Answer;
  /** It was made before: nothing of this request is part of it. */
  readonly isReplay: boolean;
}

export interface KeyedCreate {
  readonly owner: string;
  readonly key: string | undefined;
  /** All that makes the request what it is, its route included. */
  readonly payload: unknown;
}

/** Throws `idempotency_mismatch`, and what the steps throw: nothing is kept of a create that was refused. */
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
    throw new AppError('idempotency_mismatch', 'This Idempotency-Key was used with another payload.');
  }
  const { id } = kept;
  if (kept.state === 'done') return { id, answer: steps.answerSchema.parse(kept.content), isReplay };
  const answer = await steps.make(id, steps.contentSchema.parse(kept.content));
  await store.settle(owner, key, { ...kept, state: 'done', content: answer });
  return { id, answer, isReplay };
}
