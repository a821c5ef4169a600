/** `GET /v1/models/{model}/backlog`: the number that workers are started and stopped by. */
import { AppError, bounds, modelNamePattern } from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiDeps } from '../deps.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, problems } from '../http/openapi.ts';
import { tenths } from '../http/rounding.ts';
import { createRoutes, declareRoute, noQuery } from '../http/routes.ts';
import { didYouMean } from '../mending/near-names.ts';
import type { ModelBacklog } from '../models/backlogs.ts';
import type { Models } from '../models/choose-model.ts';

const params = z.strictObject({
  model: z
    .string()
    .regex(modelNamePattern)
    .max(bounds.modelName.max)
    .meta({ description: 'A model’s name.', example: 'portrait' }),
});

const count = z.int().nonnegative();
const backlogSchema = z
  .object({
    model: z.string().describe('Its name.'),
    photos: count.describe('All that the model’s workers are needed for: the sum of the next four.'),
    waiting: count.describe('Jobs on the queue that wait for a worker now.'),
    delayed: count.describe('Jobs on the queue that pause before their next attempt.'),
    active: count.describe('Jobs that workers have.'),
    unqueued: count.describe('Photos of open batches that are not on the queue yet; one of a batch not listed yet.'),
    open_batches: count.describe('Batches that have not ended.'),
    oldest_waiting_s: z
      .number()
      .nonnegative()
      .describe(
        'Seconds since the oldest waiting job was created; 0 if none waits. The least that it can be where more than ' +
          'a hundred owners have jobs waiting.',
      ),
    workers: count.nullable().describe('That are connected now. Null if unknown.'),
  })
  .meta({ id: 'Backlog', description: 'The work that waits for a model’s workers.' });
type BacklogView = z.infer<typeof backlogSchema>;

const example: BacklogView = {
  ...{ model: 'portrait', photos: 1_214, waiting: 210, delayed: 0, active: 4, unqueued: 1_000 },
  ...{ open_batches: 1, oldest_waiting_s: 41.5, workers: 4 },
};

const getBacklogRoute = declareRoute({
  method: 'get',
  path: '/v1/models/{model}/backlog',
  access: 'metrics',
  operationId: 'getModelBacklog',
  tags: ['Models'],
  summary: 'Get how much work waits for a model’s workers',
  description:
    'For whatever starts and stops workers, such as KEDA’s `metrics-api` scaler on `photos`. Of all owners, and at ' +
    'most a second old. A model without workers answers too.',
  request: { params, query: noQuery },
  responses: {
    200: {
      description: 'The backlog.',
      headers: commonHeaders,
      content: { 'application/json': { schema: backlogSchema, example } },
    },
    ...problems('not_found', 'invalid_request', 'queue_unavailable'),
  },
});

export function backlogRoutes({ models, backlogs }: Pick<ApiDeps, 'models' | 'backlogs'>): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  routes.openapi(getBacklogRoute, async (context) => {
    const { model } = context.req.valid('param');
    await assertKnown(model, models);
    return context.json(viewBacklog(await backlogs.read(model)), 200);
  });
  return routes;
}

/** Throws `not_found` and `queue_unavailable`. A worker may have told of its model just now. */
async function assertKnown(model: string, models: Models): Promise<void> {
  if (!models.has(model)) await models.refresh();
  if (models.has(model)) return;
  const names = models.names();
  throw new AppError('not_found', `There is no such model.${didYouMean(model, names)} There are: ${names.join(', ')}.`);
}

function viewBacklog({ openBatches, oldestWaitingS, workers, ...backlog }: ModelBacklog): BacklogView {
  const { model, photos, waiting, delayed, active, unqueued } = backlog;
  return {
    ...{ model, photos, waiting, delayed, active, unqueued },
    open_batches: openBatches,
    oldest_waiting_s: tenths(oldestWaitingS ?? 0),
    workers: workers ?? null,
  };
}
