/**
 * Pages of other origins, as far as `CORS_ORIGINS` names them. Keys travel in a header that no browser adds by itself,
 * so nothing here is about cookies or passwords; `/admin`, which takes a password, is for no other origin.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { ApiEnv } from './context.ts';

/** What a page may read of an answer, besides what browsers always let it. */
const exposed = [
  ...['Location', 'ETag', 'Content-Disposition', 'Content-Length', 'Retry-After', 'Preference-Applied', 'Allow'],
  ...['RateLimit', 'RateLimit-Policy', 'WWW-Authenticate', 'X-Request-Id', 'X-Job-Id'],
];

/** How long a browser need not ask again whether it may send. */
const preflightS = 600;

/** Whether a page of one of the origins made a browser send this, as the browser says. */
export function isFromAllowedOrigin(context: Context<ApiEnv>, origins: readonly string[]): boolean {
  const origin = context.req.header('origin');
  return origin !== undefined && origins.includes(origin);
}

/** Answers the browser's question whether it may send, and lets it show the answer to the page. */
export function allowOrigins(origins: readonly string[]): MiddlewareHandler<ApiEnv> {
  const allow = cors({
    origin: (origin) => (origins.includes(origin) ? origin : null),
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT'],
    exposeHeaders: exposed,
    maxAge: preflightS,
  });
  return async (context, next) => {
    if (origins.length === 0) return next();
    const isQuestion = context.req.header('access-control-request-method') !== undefined;
    const isOptions = context.req.method === 'OPTIONS';
    const isAdmin = /^\/admin(\/|$)/.test(context.req.path);
    const isAllowed = isFromAllowedOrigin(context, origins) && !isAdmin;
    // What is kept of an answer for one origin is not for another.
    if (isAllowed && (isQuestion || !isOptions)) return allow(context, next);
    await next();
    context.res.headers.append('vary', 'Origin');
  };
}
