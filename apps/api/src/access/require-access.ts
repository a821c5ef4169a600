/**
 * Access is declared where a route is defined, and closed by default: each route begins with the middleware that
 * `requireAccess` makes, and `assertAccessDeclared` keeps an app from starting that has a route without it.
 */
import { AppError, ownerShares, shareNames } from '@m2fp/contract';
import type { ShareLimits, ShareName } from '@m2fp/contract';
import type { RateVerdict, Scope } from '@m2fp/queue/access';
import type { Context, Hono, MiddlewareHandler } from 'hono';
import type { ApiEnv } from '../http/context.ts';
import { answerProblem } from '../http/problem.ts';
import { keyFault } from '../mending/sent-key.ts';
import type { Caller } from './caller.ts';
import { assertFromThisMachine } from './same-machine.ts';
import { ShareExceeded } from './share-refusals.ts';

/** The scope that a key needs for a route; `public`: no key at all. */
export type Access = Scope | 'public';

/** What each of our middlewares was made for. */
const accessOfMiddleware = new WeakMap<object, readonly Access[]>();

/**
 * Lets requests through to a route: by their key, what the key may do, and how often. It goes before everything else on
 * the route. @param access several: any of them is enough
 */
export function requireAccess(...access: readonly Access[]): MiddlewareHandler<ApiEnv> {
  const scopes = access.filter((entry) => entry !== 'public');
  const isPublic = scopes.length < access.length;
  const middleware: MiddlewareHandler<ApiEnv> = isPublic
    ? (_context, next) => next()
    : async (context, next) => {
        const sent = context.req.header('authorization');
        const end = sent === undefined ? undefined : context.get('shares').begin(sent);
        try {
          return (await refuse(context, scopes)) ?? (await next());
        } finally {
          end?.();
        }
      };
  accessOfMiddleware.set(middleware, access);
  return middleware;
}

/** The answer to a request that is not let through. */
async function refuse(context: Context<ApiEnv>, scopes: readonly Scope[]): Promise<Response | undefined> {
  const authenticator = context.get('authenticator');
  const isForBrowsers = scopes.includes('admin');
  const caller = await authenticator.identify(sentKey(context, isForBrowsers));
  if (caller === undefined) {
    const challenge = isForBrowsers ? 'Basic realm="m2fp: any name, and an API key as the password"' : 'Bearer';
    return answerProblem(context, new AppError('unauthorized', keyFault(context)), { 'www-authenticate': challenge });
  }
  if (caller.keyId === undefined) assertFromThisMachine(context, context.get('letIn'));
  context.set('caller', caller);
  const verdict = await authenticator.countRequest(caller);
  if (verdict !== undefined) tellShares(context, caller, verdict);
  if (verdict?.isAllowed === false) throw new ShareExceeded('requests', verdict.limit, verdict.retryAfterS);
  if (scopes.some((scope) => caller.may(scope))) return undefined;
  throw new AppError('forbidden', `This requires a key with the scope ${scopes.join(' or ')}.`);
}

/** In headers, and for the metrics. */
function tellShares(context: Context<ApiEnv>, { owner, limits }: Caller, verdict: RateVerdict): void {
  const held = { ...verdict.held, ...context.get('shares').held(owner) };
  context.set('held', held);
  for (const [name, value] of Object.entries(rateHeaders(limits, verdict, held))) context.header(name, value);
}

/**
 * What a caller may have and what is left of it, as headers (draft-ietf-httpapi-ratelimit-headers): one policy per
 * share, under the share's name.
 * @param held what the owner has of shares besides requests; what another process keeps is not in it
 */
function rateHeaders(
  limits: ShareLimits,
  verdict: RateVerdict,
  held: Readonly<Partial<Record<ShareName, number>>>,
): Readonly<Record<'RateLimit-Policy' | 'RateLimit', string>> {
  const policies = [`"requests";q=${verdict.limit};w=${verdict.windowS}`];
  const states = [`"requests";r=${verdict.remaining};t=${verdict.resetS}`];
  for (const name of shareNames) {
    const limit = limits[name];
    if (name === 'requests' || limit === null) continue;
    policies.push(`"${name}";q=${limit};qu="${ownerShares[name].unit}"`);
    const has = held[name];
    if (has !== undefined) states.push(`"${name}";r=${Math.max(0, limit - has)}`);
  }
  return { 'RateLimit-Policy': policies.join(', '), RateLimit: states.join(', ') };
}

/**
 * Browsers prompt for a name and a password and then send them with every request, even one that another site made
 * them send. So a password counts only on routes that check for that.
 */
function sentKey(context: Context<ApiEnv>, acceptsPassword: boolean): string | undefined {
  const header = context.req.header('authorization');
  if (header === undefined) return undefined;
  const [scheme = '', credentials = ''] = header.split(/ +/, 2);
  if (acceptsPassword && scheme.toLowerCase() === 'basic') {
    const text = Buffer.from(credentials, 'base64').toString();
    return text.slice(text.indexOf(':') + 1);
  }
  // Any other scheme is an invalid key, not a missing one.
  return scheme.toLowerCase() === 'bearer' ? credentials : '';
}

function isForAllPaths({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return method === 'ALL' && path === '/*';
}

/** Routes by method and path, in the order in which they were registered, each with its handlers. */
export function routesOf(app: Hono<ApiEnv>): { method: string; path: string; handlers: readonly object[] }[] {
  const routes = app.routes.filter((route) => !isForAllPaths(route));
  const groups = Map.groupBy(routes, ({ method, path }) => `${method} ${path}`);
  return [...groups.values()].flatMap((entries) =>
    entries.slice(0, 1).map(({ method, path }) => ({ method, path, handlers: entries.map(({ handler }) => handler) })),
  );
}

/** What the route's first handler requires; undefined if it requires nothing, not even to be public. */
export function declaredAccess({ handlers }: { readonly handlers: readonly object[] }): readonly Access[] | undefined {
  return handlers[0] && accessOfMiddleware.get(handlers[0]);
}

/**
 * Throws if anything but app-wide middleware can answer without `requireAccess` in front of it. Such middleware comes
 * before all routes: what catches all paths after the first route is a route itself.
 */
export function assertAccessDeclared(app: Hono<ApiEnv>): void {
  const firstRoute = app.routes.findIndex((route) => !isForAllPaths(route));
  if (firstRoute >= 0 && app.routes.slice(firstRoute).some(isForAllPaths)) {
    throw new Error('A handler for all paths, registered after a route, does not declare who may call it.');
  }
  for (const route of routesOf(app)) {
    if (declaredAccess(route) !== undefined) continue;
    throw new Error(`${route.method} ${route.path} does not declare who may call it.`);
  }
}
