import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { redisReasons } from '@m2fp/service/redis';
import { cachedBriefly, whatIsMissing } from '@m2fp/service/probes';
import { storageReasons } from '@m2fp/storage';
import type { ApiDeps } from '../deps.ts';
import type { ApiEnv } from '../http/context.ts';
import { openHeaders, openProblems } from '../http/openapi.ts';
import { tenths } from '../http/rounding.ts';
import { createRoutes, declareRoute } from '../http/routes.ts';

const healthSchema = z
  .object({
    status: z.literal('ok').describe('Always.'),
    uptime_s: z.int().nonnegative().describe('Seconds since the process started.'),
    rss_bytes: z.int().nonnegative().describe('Memory of the process.'),
    event_loop_delay_ms: z
      .object({
        max: z.number().nonnegative().describe('The longest.'),
        p99: z.number().nonnegative().describe('Of a hundred, only one is longer.'),
      })
      .describe('Over the last half to one minute.'),
  })
  .meta({ id: 'Health', description: 'That the process is alive.' });

const checkSchema = z.enum(['up', 'down']);

const readinessSchema = z
  .object({
    status: z.enum(['ready', 'unavailable', 'stopping']).describe('`ready`: send requests.'),
    checks: z
      .object({ queue: checkSchema.describe('Redis.'), storage: checkSchema.describe('S3.') })
      .describe('What requests need.'),
    reasons: z
      .object({
        queue: z
          .enum([...redisReasons, 'timeout'])
          .optional()
          .describe('What Redis answered, or did not.'),
        storage: z.enum(storageReasons).optional().describe('What S3 answered, or did not.'),
      })
      .describe('Why a check is down, as far as that is known.'),
    workers: z.int().nonnegative().nullable().describe('Workers of all models that are connected; null if unknown.'),
  })
  .meta({ id: 'Readiness', description: 'Whether requests can be served.' });

const healthRoute = declareRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'getHealth',
  tags: ['Health'],
  access: 'public',
  summary: 'Check liveness',
  description: 'Whether this process is alive, whatever the state of Redis and S3. For liveness probes.',
  responses: {
    200: {
      description: 'The process is alive.',
      headers: openHeaders,
      content: {
        'application/json': {
          schema: healthSchema,
          example: { status: 'ok', uptime_s: 71, rss_bytes: 104_857_600, event_loop_delay_ms: { max: 4.2, p99: 1.1 } },
        },
      },
    },
    ...openProblems(),
  },
});

const readinessRoute = declareRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'getReadiness',
  tags: ['Health'],
  access: 'public',
  summary: 'Check readiness',
  description:
    'Whether requests can be served: checks that Redis takes writes and that S3 answers, at most once a second. ' +
    'Workers are counted but not required: jobs wait for them.',
  responses: {
    200: {
      description: 'Requests can be served.',
      headers: openHeaders,
      content: {
        'application/json': {
          schema: readinessSchema,
          example: { status: 'ready', checks: { queue: 'up', storage: 'up' }, reasons: {}, workers: 2 },
        },
      },
    },
    503: {
      description: 'Redis or S3 does not answer, or this process is stopping.',
      headers: openHeaders,
      content: {
        'application/json': {
          schema: readinessSchema,
          example: {
            status: 'unavailable',
            checks: { queue: 'down', storage: 'up' },
            reasons: { queue: 'READONLY' },
            workers: null,
          },
        },
      },
    },
    ...openProblems(),
  },
});

export function healthRoutes(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();

  routes.openapi(healthRoute, (context) => {
    const { uptimeS, rssBytes, eventLoopDelayMs } = deps.stats();
    const body = {
      status: 'ok',
      uptime_s: uptimeS,
      rss_bytes: rssBytes,
      event_loop_delay_ms: { max: tenths(eventLoopDelayMs.max), p99: tenths(eventLoopDelayMs.p99) },
    } as const;
    return context.json(body, 200);
  });

  const look = cachedBriefly(() => checkNeeds(deps));
  routes.openapi(readinessRoute, async (context) => {
    const { missing, reasons, workers } = await look();
    const check = (name: string) => (missing.includes(name) ? 'down' : 'up');
    const checks = { queue: check('queue'), storage: check('storage') } as const;
    const status = deps.stopping.aborted ? 'stopping' : missing.length === 0 ? 'ready' : 'unavailable';
    const body = { status, checks, reasons, workers: workers ?? null } as const;
    return context.json(body, status === 'ready' ? 200 : 503);
  });

  return routes;
}

async function checkNeeds({ queue, redis, storage, settings }: ApiDeps) {
  let workers: number | undefined;
  const needs = {
    queue: async () => {
      // First, because it says why.
      await redis.assertWritable();
      const found = await queue.workers();
      workers = found && [...found.values()].reduce((sum, count) => sum + count, 0);
    },
    storage: (signal: AbortSignal) => storage.ping({ signal }),
  };
  return { ...(await whatIsMissing(needs, settings.storageTimeoutMs)), workers };
}
