/** What creating a job and creating a batch have in common. */
import { AppError, parseOptionsSchema } from '@m2fp/contract';
import type { ParseOptions, ParseOptionsInput } from '@m2fp/contract';
import { targetFault } from '@m2fp/service/outgoing-targets';
import type { TargetRules } from '@m2fp/service/outgoing-targets';
import type { Context } from 'hono';
import type { Caller } from '../access/caller.ts';
import { bodyOf, callerOf } from '../http/context.ts';
import type { ApiEnv, RequestBody } from '../http/context.ts';
import { InvalidRequest } from '../http/problem.ts';
import { idempotencyKeyOf } from '../idempotency/create-once.ts';
import { confineOutputPrefix } from '../object-keys.ts';

/** A create in progress: the HTTP request, who sent it, and the id that the job or batch will have. */
export interface CreateRequest extends RequestBody {
  readonly id: string;
  readonly caller: Caller;
  readonly requestId: string;
  /** W3C Trace Context. */
  readonly traceparent: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** Of the caller's owner, as the request began; undefined without an API key. */
  readonly unfinishedJobs: number | undefined;
}

/** Throws `invalid_request` for an invalid idempotency key. */
export function readCreateRequest(context: Context<ApiEnv>, id: string): CreateRequest {
  return {
    id,
    caller: callerOf(context),
    requestId: context.get('requestId'),
    traceparent: context.get('traceparent'),
    idempotencyKey: idempotencyKeyOf(context),
    unfinishedJobs: context.get('held')?.jobs,
    ...bodyOf(context),
  };
}

/** What a client may say about a job or batch besides its photos. */
export interface CreateFields<Webhook> {
  readonly model?: string | undefined;
  readonly output?: { readonly prefix: string } | undefined;
  readonly options?: ParseOptionsInput | undefined;
  readonly metadata?: Record<string, string> | undefined;
  readonly webhook?: Webhook | undefined;
}

interface CommonData<Webhook> {
  v: 1;
  output: { prefix: string };
  options: ParseOptions;
  createdAt: string;
  requestId: string;
  metadata?: Record<string, string>;
  webhook?: Webhook;
  traceparent?: string;
}

/**
 * The part that the data of jobs and batches share, defaults filled in. Throws `output_denied`, `invalid_request`,
 * and `forbidden` for a webhook of a caller who may not have any.
 */
export function commonData<Webhook extends { readonly url: string }>(
  { id, caller, requestId, traceparent }: CreateRequest,
  { output, options, metadata, webhook }: Omit<CreateFields<Webhook>, 'model'>,
  webhookRules: TargetRules,
): CommonData<Webhook> {
  if (webhook !== undefined) {
    if (!caller.may('webhooks')) {
      throw new AppError('forbidden', 'A webhook requires a key with the scope webhooks.');
    }
    assertWebhookTarget(webhook.url, webhookRules);
  }
  return {
    v: 1,
    output: { prefix: confineOutputPrefix(output?.prefix ?? `${caller.defaultOutputPrefix}${id}/`, caller) },
    options: parseOptionsSchema.parse(options ?? {}),
    createdAt: new Date().toISOString(),
    requestId,
    ...(metadata !== undefined && { metadata }),
    ...(webhook !== undefined && { webhook }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

/**
 * Throws `invalid_request` for a webhook that can never be delivered, as far as its URL shows. What its host name
 * resolves to is checked at each delivery.
 */
function assertWebhookTarget(url: string, rules: TargetRules): void {
  const message = targetFault(url, rules);
  if (message !== undefined) throw new InvalidRequest([{ pointer: '/webhook/url', message }]);
}
