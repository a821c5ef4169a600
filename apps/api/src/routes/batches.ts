import { bounds, createBatchId } from '@m2fp/contract';
import type { BatchRecord } from '@m2fp/queue/batches';
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { assertOwned } from '../access/ownership.ts';
import {
  batchExamples,
  batchLinks,
  batchPath,
  batchIdSchema,
  batchListQuery,
  batchListSchema,
  batchSchema,
  createBatchSchema,
  keptBatchSchema,
  presentBatch,
} from '../batches/batch-schemas.ts';
import { assertBatchInput, assertRoomForBatch, newBatch, storeBatch } from '../batches/create-batch.ts';
import type { ApiDeps } from '../deps.ts';
import { readJson } from '../http/body.ts';
import { bodyOf, callerOf, beginPage } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, header, problems } from '../http/openapi.ts';
import { addRoute, assertNoBody, assertNoQuery, createRoutes, declareRoute, noQuery } from '../http/routes.ts';
import { createOnce, idempotencyHeader } from '../idempotency/create-once.ts';
import { readCreateRequest } from '../jobs/create-request.ts';
import { assertParts, chooseModel } from '../models/choose-model.ts';

const tags = ['Batches'];
const params = z.strictObject({ id: batchIdSchema });

const createBatchRoute = declareRoute({
  method: 'post',
  path: '/v1/batches',
  access: 'batches',
  operationId: 'createBatch',
  tags,
  summary: 'Queue many photos',
  description:
    'The photos are already in the bucket: send their keys, or a prefix that is listed later. Each becomes its ' +
    'own job, and a failure affects no other photo. Of your photos, one of a batch follows eight single ones.',
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
      headers: { ...commonHeaders, Location: header('Where to read the batch: `/v1/batches/{id}`.') },
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
      'rate_limited',
      'queue_unavailable',
      'storage_unavailable',
    ),
  },
});

const listBatchesRoute = declareRoute({
  method: 'get',
  path: '/v1/batches',
  access: 'batches',
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
    ...problems('malformed_request', 'invalid_request', 'queue_unavailable', 'storage_unavailable'),
  },
});

const getBatchRoute = declareRoute({
  method: 'get',
  path: '/v1/batches/{id}',
  access: 'batches',
  operationId: 'getBatch',
  tags,
  summary: 'Get a batch',
  description: 'Counts by status and, once it has ended, its manifest with one JSON line per photo.',
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

const cancelBatchRoute = declareRoute({
  method: 'post',
  path: '/v1/batches/{id}/cancel',
  access: 'batches',
  operationId: 'cancelBatch',
  tags,
  summary: 'Cancel a batch',
  description:
    'Waiting photos are dropped, running ones are stopped; finished ones stay. Safe to repeat, and without effect on ' +
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

export function batchRoutes({ batches, idempotency, storage, settings, models }: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  const present = (record: BatchRecord) => presentBatch(record, batches, { storage, settings, models });
  /** Throws `not_found`, for another owner's batch too. */
  const findBatch = async (context: Context<ApiEnv>, id: string): Promise<BatchRecord> => {
    const message = 'There is no such batch, or it is no longer kept.';
    return assertOwned(callerOf(context), await batches.find(id), { ownership: ({ spec }) => spec, message });
  };

  // `readJson` caps the body and tells malformed from invalid, which the built-in validator does not.
  addRoute(routes, createBatchRoute, async (context) => {
    assertNoQuery(context);
    const body = await readJson(bodyOf(context), createBatchSchema, bounds.batchBody.max);
    const request = readCreateRequest(context, createBatchId());
    const { caller, idempotencyKey: key } = request;
    const create = { owner: caller.owner, key, payload: { route: 'batches', body } };
    let isChecked = false;
    const check = async (): Promise<void> => {
      if (!isChecked) await assertBatchInput(request, body.input, settings);
      isChecked = true;
    };
    const { id, answer } = await createOnce(create, idempotency, {
      prepare: async () => {
        const model = await chooseModel(body.model, models);
        assertParts(model, body.options, models);
        await check();
        newBatch(request, body, model, settings);
        await assertRoomForBatch(batches, model, settings);
        return { id: request.id, content: { model } };
      },
      make: async (id, decided) => {
        // Another request may have prepared it.
        await check();
        const model = decided?.model ?? models.defaultName;
        await storeBatch(batches, newBatch({ ...request, id }, body, model, settings));
        return present(await findBatch(context, id));
      },
      // An earlier version had one model, and kept nothing.
      contentSchema: z.object({ model: z.string() }).nullable(),
      answerSchema: keptBatchSchema,
    });
    context.get('log').info({ batchId: id, photos: (body.input.keys ?? body.input.urls)?.length }, 'batch queued');
    const view = { ...answer, links: batchLinks(answer, settings.basePath) };
    return context.json(view, 202, { location: batchPath(id, settings.basePath) });
  });

  routes.openapi(listBatchesRoute, async (context) => {
    assertNoBody(context, settings.basePath);
    const { limit, cursor } = context.req.valid('query');
    await beginPage(context, limit);
    const page = await batches.list(callerOf(context).owner, cursor, limit);
    const views = await Promise.all(page.batches.map(present));
    return context.json({ batches: views, next_cursor: page.cursor ?? null }, 200);
  });

  routes.openapi(getBatchRoute, async (context) => {
    const record = await findBatch(context, context.req.valid('param').id);
    return context.json(await present(record), 200);
  });

  routes.openapi(cancelBatchRoute, async (context) => {
    const { id } = await findBatch(context, context.req.valid('param').id);
    await batches.requestCancel(id);
    return context.json(await present(await findBatch(context, id)), 200);
  });

  return routes;
}
