import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import {
  createRegistry,
  durationBucketsS,
  Histogram,
  registerNeeds,
  registerQueueDepth,
  renderMetrics,
  type MetricsText,
  type QueueCounts,
  type StorageMeter,
} from '@m2fp/service/metrics';
import { cachedBriefly } from '@m2fp/service/probes';
import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { registerRedisServer, type ReadRedisInfo } from '../metrics/redis-server.ts';
import { registerBacklogs, type Backlogs } from '../models/backlogs.ts';
import { ShareMetrics } from '../access/share-metrics.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, problems } from '../http/openapi.ts';
import { addRoute, createRoutes, declareRoute } from '../http/routes.ts';

export interface ApiMetrics {
  /** Measures every request. Comes before all other middleware. */
  readonly measure: MiddlewareHandler<ApiEnv>;
  /** The answer to a scrape. */
  render(): Promise<MetricsText>;
}

interface ApiMetricSources {
  /** Rejects while Redis is down. */
  readonly queues: () => Promise<readonly QueueCounts[]>;
  readonly backlogs: Pick<Backlogs, 'all'>;
  readonly redisInfo: ReadRedisInfo;
  /** Of `redis` and `storage`. */
  readonly whatIsMissing: () => Promise<{ readonly missing: readonly string[] }>;
  readonly storage: Pick<StorageMeter, 'register'>;
}

/** The API's metrics for Prometheus. */
export function createApiMetrics(sources: ApiMetricSources): ApiMetrics {
  const registry = createRegistry({ process: 'api' });
  const duration = new Histogram({
    name: 'm2fp_http_request_seconds',
    help: 'From the headers of a request to the headers of its response.',
    labelNames: ['method', 'route', 'status'],
    buckets: durationBucketsS,
    registers: [registry],
  });
  registerQueueDepth(registry, sources.queues);
  registerBacklogs(registry, sources.backlogs);
  registerRedisServer(registry, cachedBriefly(sources.redisInfo));
  registerNeeds(registry, ['redis', 'storage'], sources.whatIsMissing);
  sources.storage.register(registry);
  const shares = new ShareMetrics(registry);
  return {
    measure: async (context, next) => {
      const startedAt = performance.now();
      await next();
      shares.observe(context);
      const labels = { method: methodName(context.req.method), route: routeName(context), status: context.res.status };
      duration.observe(labels, (performance.now() - startedAt) / 1_000);
    },
    render: () => renderMetrics(registry),
  };
}

/** The route's pattern, never the path: each id would become a separate series. */
function routeName(context: Parameters<MiddlewareHandler<ApiEnv>>[0]): string {
  const pattern = matchedRoutes(context).findLast(({ path }) => path !== '/*' && path !== '*')?.path;
  return pattern ?? 'none';
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** A client may send any word as its method. */
function methodName(method: string): string {
  return methods.has(method) ? method : 'other';
}

const route = declareRoute({
  method: 'get',
  path: '/metrics',
  access: 'metrics',
  isCompressed: true,
  operationId: 'getMetrics',
  tags: ['Health'],
  summary: 'Get metrics for Prometheus',
  responses: {
    200: {
      description: 'Prometheus’s text format.',
      headers: commonHeaders,
      content: { 'text/plain; version=0.0.4; charset=utf-8': { schema: z.string() } },
    },
    ...problems(),
  },
});

export function metricsRoutes(metrics: ApiMetrics): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  addRoute(routes, route, async (context) => {
    const { contentType, text } = await metrics.render();
    return context.body(text, 200, { 'content-type': contentType });
  });
  return routes;
}
