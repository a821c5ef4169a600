import { AppError, createBatchId } from '@m2fp/contract';
import type { BatchRecord } from '@m2fp/queue/batches';
import { createRoute, z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { callerSettings } from '../access/caller-settings.ts';
import { batchExamples } from '../batches/batch-examples.ts';
import {
  batchIdSchema,
  batchListQuery,
  batchListSchema,
  batchSchema,
  createBatchSchema,
} from '../batches/batch-schemas.ts';
import { presentBatch } from '../batches/batch-view.ts';
import { assertRoomForBatch, newBatch } from '../batches/create-batch.ts';
import type { ApiDeps } from '../deps.ts';
import { readJson } from '../http/body.ts';
import { assertNoQuery, createRoutes, noQuery } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, header, problems } from '../http/openapi.ts';
import { ownerOf } from '../http/owner.ts';
import { createOnce, idempotencyHeader, idempotencyKeyOf } from '../idempotency/idempotent-create.ts';

/** Ten thousand keys of the greatest length, quoted. */
const maxBodyBytes = 12 * 1024 * 1024;
const tags = ['Batches'];
const params = z.strictObject({ id: batchIdSchema });

const createBatchRoute = createRoute({
  method: 'post',
  path: '/v1/batches',
  operationId: 'createBatch',
  tags,
  summary: 'Queue many photos',
  description:
    'Photos that are in the bucket already: their keys, or a prefix that is listed later. Each becomes a job of its own; ' +
    'one that fails, fails alone. Photos of batches wait behind single jobs.',
  request: {
    headers: idempotencyHeader,
    body: {
      required: true,
      content: { 'application/json': { schema: createBatchSchema, examples: batchExamples.requests } },
    },
  },
  responses: {
    202: {
      description: 'The batch is queued.',
      headers: { ...commonHeaders, Location: header('Where to ask for the batch: `/v1/batches/{id}`.') },
      content: { 'application/json': { schema: batchSchema, examples: { queued: batchExamples.queued } } },
    },
    ...problems(
      'malformed_request',
      'input_denied',
      'output_denied',
      'payload_too_large',
      'unsupported_media_type',
      'invalid_request',
      'idempotency_mismatch',
      'overloaded',
      'queue_unavailable',
      'storage_unavailable',
    ),
  },
});

const listBatchesRoute = createRoute({
  method: 'get',
  path: '/v1/batches',
  operationId: 'listBatches',
  tags,
  summary: 'List batches, newest first',
  request: { query: batchListQuery },
  responses: {
    200: {
      description: 'A page of batches.',
      headers: commonHeaders,
      content: { 'application/json': { schema: batchListSchema, examples: { page: batchExamples.list } } },
    },
    ...problems('invalid_request', 'queue_unavailable', 'storage_unavailable'),
  },
});

const getBatchRoute = createRoute({
  method: 'get',
  path: '/v1/batches/{id}',
  operationId: 'getBatch',
  tags,
  summary: 'See how a batch is getting on',
  description: 'Counts by status and, once it has ended, its manifest: a JSON line for each photo.',
  request: { params, query: noQuery },
  responses: {
    200: {
      description: 'The batch.',
      headers: commonHeaders,
      content: { 'application/json': { schema: batchSchema, examples: batchExamples.batches } },
    },
    ...problems('not_found', 'invalid_request', 'queue_unavailable', 'storage_unavailable'),
  },
});

const cancelBatchRoute = createRoute({
  method: 'post',
  path: '/v1/batches/{id}/cancel',
  operationId: 'cancelBatch',
  tags,
  summary: 'Cancel a batch',
  description:
    'Photos that wait are dropped, those that run are stopped; what is done stays. Safe to repeat, and without effect on ' +
    'a batch that has ended.',
  request: { params, query: noQuery },
  responses: {
    200: {
      description: 'The batch; `canceling` until the last of its photos has stopped.',
      headers: commonHeaders,
      content: { 'application/json': { schema: batchSchema, examples: { canceling: batchExamples.canceling } } },
    },
    ...problems('not_found', 'invalid_request', 'queue_unavailable', 'storage_unavailable'),
  },
});

export function batchRoutes({ batches, idempotency, storage, settings }: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  const present = (record: BatchRecord) => presentBatch(record, batches, storage, settings);
  /** Throws `not_found` for another owner's too. */
  const findOwn = async (context: Context<ApiEnv>, id: string): Promise<BatchRecord> => {
    const record = await batches.find(id);
    if (record?.spec.owner === ownerOf(context)) return record;
    throw new AppError('not_found', 'There is no such batch, or it is no longer kept.');
  };

  // Registered by hand: `readJson` caps the body and tells malformed from invalid, which the built-in validator does not.
  routes.openAPIRegistry.registerPath(createBatchRoute);
  routes.post(createBatchRoute.getRoutingPath(), async (context) => {
    assertNoQuery(context);
    const body = await readJson(context.req.raw, createBatchSchema, maxBodyBytes);
    const owner = ownerOf(context);
    const batchOf = (id: string) => {
      const origin = { id, owner, requestId: context.get('requestId'), traceparent: context.get('traceparent') };
      return newBatch(origin, body, callerSettings(context, settings));
    };
    const create = { owner, key: idempotencyKeyOf(context), payload: { route: 'batches', body } };
    const { id, answer } = await createOnce(create, idempotency, {
      prepare: async () => {
        const id = createBatchId();
        batchOf(id);
        await assertRoomForBatch(batches, settings);
        return { id, content: null };
      },
      make: async (id) => {
        await batches.create(batchOf(id));
        return present(await findOwn(context, id));
      },
      contentSchema: z.null(),
      answerSchema: batchSchema,
    });
    context.get('log').info({ batchId: id, photos: body.input.keys?.length }, 'batch queued');
    return context.json(answer, 202, { location: `/v1/batches/${id}` });
  });

  routes.openapi(listBatchesRoute, async (context) => {
    const { limit, cursor } = context.req.valid('query');
    const page = await batches.list(ownerOf(context), cursor, limit);
    const views = await Promise.all(page.batches.map(present));
    return context.json({ batches: views, next_cursor: page.cursor ?? null }, 200);
  });

  routes.openapi(getBatchRoute, async (context) => {
    const record = await findOwn(context, context.req.valid('param').id);
    return context.json(await present(record), 200);
  });

  routes.openapi(cancelBatchRoute, async (context) => {
    const { id } = await findOwn(context, context.req.valid('param').id);
    await batches.requestCancel(id);
    return context.json(await present(await findOwn(context, id)), 200);
  });

  return routes;
}
