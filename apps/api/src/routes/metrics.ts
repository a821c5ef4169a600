import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, problems } from '../http/openapi.ts';
import { addRoute, createRoutes, declareRoute } from '../http/routes.ts';
import type { ApiMetrics } from '../metrics/api-metrics.ts';

const route = declareRoute({
  method: 'get',
  path: '/metrics',
  access: 'metrics',
  operationId: 'getMetrics',
  tags: ['Health'],
  summary: 'Figures for Prometheus',
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
