import { createRegistry, durationBucketsS, Histogram, registerQueueDepth } from '@m2fp/service/metrics';
import type { QueueCounts } from '@m2fp/service/metrics';
import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { ApiEnv } from '../http/context.ts';

export interface ApiMetrics {
  /** Measures every request. To be used before everything else. */
  readonly measure: MiddlewareHandler<ApiEnv>;
  /** The answer to a scrape. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** What the API tells Prometheus. @param queues rejects while Redis is away */
export function createApiMetrics(queues: () => Promise<readonly QueueCounts[]>): ApiMetrics {
  const registry = createRegistry();
  const duration = new Histogram({
    name: 'm2fp_http_request_seconds',
    help: 'From the head of a request to the head of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: durationBucketsS,
    registers: [registry],
  });
  registerQueueDepth(registry, queues);
  return {
    measure: async (context, next) => {
      const startedAt = performance.now();
      await next();
      const labels = { method: methodName(context.req.method), route: routeName(context), status: context.res.status };
      duration.observe(labels, (performance.now() - startedAt) / 1_000);
    },
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/** The route's pattern, never the path: ids would make a series each. */
function routeName(context: Parameters<MiddlewareHandler<ApiEnv>>[0]): string {
  const pattern = matchedRoutes(context).findLast(({ path }) => path !== '/*' && path !== '*')?.path;
  return pattern ?? 'none';
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** A client may send any word as its method. */
function methodName(method: string): string {
  return methods.has(method) ? method : 'other';
}
