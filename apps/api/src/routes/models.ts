/** `GET /v1/models`: the models that a request can name. */
import { bounds, labelCardSchema, modelCardSchema } from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { cachedBriefly } from '@m2fp/service/probes';
import type { ApiDeps } from '../deps.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, problems } from '../http/openapi.ts';
import { createRoutes, declareRoute, noQuery } from '../http/routes.ts';
import type { Models } from '../models/choose-model.ts';

const { kind, version, summary, license, synthetic, non_commercial: nonCommercial } = modelCardSchema.shape;

const modelSchema = z
  .object({
    name: z.string().describe('What `model` of a request says.'),
    is_default: z.boolean().describe('What requests get that name none.'),
    workers: z.int().nonnegative().nullable().describe('That are connected now; jobs wait for them. Null if unknown.'),
    kind: kind.nullable().describe('Of network. Null, like all that follows, until one of its workers has told it.'),
    version: version.nullable().describe('Of its bundle.'),
    summary: summary.nullable().describe('What it parses.'),
    labels: z
      .array(labelCardSchema.meta({ id: 'ModelLabel', description: 'A class of the model.' }))
      .describe('Its classes.'),
    license: license.nullable().describe('Of its weights, as its bundle says.'),
    non_commercial: nonCommercial.nullable().describe('Whether its license rules out commercial use.'),
    synthetic: synthetic.nullable().describe('Whether its weights are random: then its results mean nothing.'),
    last_seen_at: z.iso.datetime().nullable().describe('When a worker or the service last spoke of it.'),
  })
  .meta({ id: 'Model', description: 'A model that a request can name.' });
type ModelView = z.infer<typeof modelSchema>;

const modelListSchema = z
  .object({ models: z.array(modelSchema).max(bounds.models.max).describe('The default first, then by name.') })
  .meta({ id: 'ModelList', description: 'The models that there are.' });

const example: ModelView = {
  name: 'portrait',
  is_default: true,
  workers: 2,
  kind: 'portrait',
  version: '1',
  summary: 'The heads of any number of people: hair, the parts of the face, neck and hats; no bodies.',
  labels: [
    { id: 0, name: 'background', title: 'background', role: 'background', color: '#000000' },
    { id: 2, name: 'l_brow', title: 'left eyebrow', role: 'part', color: '#7e5734' },
  ],
  license: 'MIT',
  non_commercial: false,
  synthetic: false,
  last_seen_at: '2026-11-26T09:15:00.000Z',
};

const listModelsRoute = declareRoute({
  method: 'get',
  path: '/v1/models',
  access: ['jobs:read', 'jobs:write', 'batches'],
  isCompressed: true,
  operationId: 'listModels',
  tags: ['Models'],
  summary: 'List the models',
  description:
    'Those that `model` of a job, a batch or `POST /parse` can name, with their classes and licenses. A model ' +
    'without workers is listed too: its jobs wait until some are started.',
  request: { query: noQuery },
  responses: {
    200: {
      description: 'The models.',
      headers: commonHeaders,
      content: { 'application/json': { schema: modelListSchema, example: { models: [example] } } },
    },
    ...problems('invalid_request', 'queue_unavailable'),
  },
});

export function modelRoutes({ models, queue }: Pick<ApiDeps, 'models' | 'queue'>): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  const look = cachedBriefly(async () => {
    await models.refresh();
    const workers = await queue.workers();
    return models.names().map((name) => viewModel(name, models, workers));
  });
  routes.openapi(listModelsRoute, async (context) => context.json({ models: await look() }, 200));
  return routes;
}

function viewModel(name: string, models: Models, workers: ReadonlyMap<string, number> | undefined): ModelView {
  const { card, seenAtMs } = models.find(name) ?? {};
  return {
    name,
    is_default: name === models.defaultName,
    workers: workers === undefined ? null : (workers.get(name) ?? 0),
    kind: card?.kind ?? null,
    version: card?.version ?? null,
    summary: card?.summary ?? null,
    labels: card?.labels ?? [],
    license: card?.license ?? null,
    non_commercial: card?.non_commercial ?? null,
    synthetic: card?.synthetic ?? null,
    last_seen_at: seenAtMs === undefined ? null : new Date(seenAtMs).toISOString(),
  };
}
