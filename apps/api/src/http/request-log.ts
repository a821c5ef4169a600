import type { MiddlewareHandler } from 'hono';
import type { Logger } from '@m2fp/service/logger';
import type { ApiEnv } from './context.ts';

const healthPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** One line a request, with its id; health checks only at `debug`. Comes after the request-id middleware. */
export function requestLog(log: Logger): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const startedAt = performance.now();
    const requestLogger = log.child({ requestId: context.get('requestId') });
    context.set('log', requestLogger);
    await next();
    const { method, path } = context.req;
    const code = context.get('problemCode') as string | undefined;
    const line = { method, path, status: context.res.status, code, ms: Math.round(performance.now() - startedAt) };
    requestLogger[healthPaths.has(path) ? 'debug' : 'info'](line, 'request');
  };
}
