import { createJobId } from '@m2fp/contract';
import type { Context } from 'hono';
import type { ApiEnv } from '../http/context.ts';
import { ownerOf } from '../http/owner.ts';
import { idempotencyKeyOf } from '../idempotency/idempotent-create.ts';
import type { CreateRequest } from './taken-photo.ts';

/** Throws `invalid_request` for an idempotency key that is none. */
export function createRequestOf(context: Context<ApiEnv>): CreateRequest {
  return {
    id: createJobId(),
    owner: ownerOf(context),
    requestId: context.get('requestId'),
    traceparent: context.get('traceparent'),
    idempotencyKey: idempotencyKeyOf(context),
    raw: context.req.raw,
  };
}
