/** What happens around every request, whatever its route. */
import type { Tracing } from '@m2fp/service/tracing';
import type { MiddlewareHandler } from 'hono';
import type { Logger } from '@m2fp/service/logger';
import { incomingOf } from './context.ts';
import type { ApiEnv } from './context.ts';

const healthPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/**
 * One line per request, with its id and whose it is; health checks only at `debug`. Comes after the request-id
 * middleware. The client's address is that of the connection: what a header says of it is anybody's word.
 */
export function requestLog(log: Logger): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const startedAt = performance.now();
    const requestLogger = log.child({ requestId: context.get('requestId') });
    context.set('log', requestLogger);
    // Gone once the connection is closed.
    const client = incomingOf(context)?.socket.remoteAddress;
    await next();
    const { method, path } = context.req;
    const code = context.get('problemCode') as string | undefined;
    const { keyId, owner } = context.get('caller') ?? {};
    const line = {
      ...{ method, path, status: context.res.status, code, ms: Math.round(performance.now() - startedAt) },
      ...{ keyId, owner, client },
    };
    requestLogger[healthPaths.has(path) ? 'debug' : 'info'](line, 'request');
  };
}

/** A span per request; what the request creates becomes its child. */
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

/** API answers are not to be rendered as pages and load nothing. */
const noContentPolicy = "default-src 'none'; frame-ancestors 'none'";

/** Default headers; the web pages set their own. @param stopping the process is shutting down */
export function defaultHeaders(stopping: AbortSignal): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    await next();
    const { headers } = context.res;
    // Answers describe a moment, and may hold signed URLs.
    if (!headers.has('etag')) headers.set('cache-control', 'no-store');
    if (!headers.has('content-security-policy')) headers.set('content-security-policy', noContentPolicy);
    if (stopping.aborted) headers.set('connection', 'close');
  };
}
