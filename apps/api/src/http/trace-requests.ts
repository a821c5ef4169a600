import type { Tracing } from '@m2fp/service/tracing';
import type { MiddlewareHandler } from 'hono';
import type { ApiEnv } from './context.ts';

/** A span for each request; what it makes belongs under it. */
export function traceRequests(tracing: Tracing): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const { method } = context.req;
    const attributes = { 'http.request.method': method, 'm2fp.request_id': context.get('requestId') };
    const facts = { name: method, kind: 'server', parent: context.req.header('traceparent'), attributes } as const;
    await tracing.span(facts, async (traceparent) => {
      context.set('traceparent', traceparent);
      await next();
    });
  };
}
