/** How routes are declared: with who may call them, and what the OpenAPI document says about them. */
import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import type { RouteConfig } from '@hono/zod-openapi';
import { AppError, bounds } from '@m2fp/contract';
import type { Scope } from '@m2fp/queue/access';
import type { Context, Handler, Hono, MiddlewareHandler } from 'hono';
import { getPath as readPath } from 'hono/utils/url';
import { declaredAccess, requireAccess, routesOf } from '../access/require-access.ts';
import type { Access } from '../access/require-access.ts';
import type { ApiEnv } from './context.ts';
import { InvalidRequest, answerProblem, fieldErrors, parseOrRefuse } from './problem.ts';

/**
 * A group of routes. Path, query and header values that do not match the declared schema are refused here; a path
 * parameter that cannot name anything is `not_found`, like one that names nothing.
 * @param getPath how the app that serves them reads a request's path
 */
export function createRoutes(getPath: (request: Request) => string = readPath): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>({
    getPath,
    defaultHook: (result) => {
      if (result.success) return;
      if (result.target === 'param') throw nothingHere();
      throw new InvalidRequest(fieldErrors(result.error));
    },
  });
}

/**
 * A route for the OpenAPI document. Who may call it is required; the document derives from it what to say about keys.
 */
type RouteDeclaration<Path extends string> = Omit<RouteConfig, 'path' | 'security' | 'middleware'> & {
  readonly path: Path;
  /** Several: any of them is enough. */
  readonly access: Access | readonly Scope[];
};

/** A type, not an interface: only types fit the index signature of `RouteConfig`. */
type Declared = {
  readonly middleware: MiddlewareHandler<ApiEnv>[];
  /** The path as Hono writes it. */
  readonly getRoutingPath: () => string;
};

export function declareRoute<Path extends string, Declaration extends RouteDeclaration<Path>>(
  declaration: Declaration,
): Declaration & Declared {
  const { access, description } = declaration;
  const allowed: readonly Access[] = typeof access === 'string' ? [access] : access;
  const scopes = allowed.filter((entry) => entry !== 'public');
  const scope = scopes.length === 0 ? [] : [`Scope: ${scopes.map((name) => `\`${name}\``).join(' or ')}.`];
  const route = Object.assign(createRoute(declaration), {
    description: [...(description === undefined ? [] : [description]), ...scope].join('\n\n'),
    // While no key is configured none is needed, hence the empty alternative.
    security: scopes.length === 0 ? [] : [...scopes.map((name) => ({ apiKey: [name] })), {}],
    middleware: [requireAccess(...allowed)],
  });
  // The document has no such field.
  return Object.defineProperty(route, 'access', { enumerable: false });
}

/**
 * Registers a declared route whose handler reads the request or answers in a way that typed handlers do not support.
 */
export function addRoute(routes: OpenAPIHono<ApiEnv>, route: RouteConfig & Declared, handler: Handler<ApiEnv>): void {
  const { middleware, ...documented } = route;
  routes.openAPIRegistry.registerPath(documented);
  routes.on([route.method], [route.getRoutingPath()], ...middleware, handler);
}

/**
 * For all routes that `app` has by now, the other methods of their paths: OPTIONS lists the methods there are, anything
 * else is 405. Open to callers who may use any of the path's methods.
 */
export function answerOtherMethods(app: Hono<ApiEnv>): void {
  for (const [path, routes] of Map.groupBy(routesOf(app), (route) => route.path)) {
    if (routes.some(({ method }) => method === 'ALL')) continue;
    const methods = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    const allow = [...new Set([...methods, 'OPTIONS'])].sort().join(', ');
    const access = routes.flatMap((route) => declaredAccess(route) ?? []);
    app.all(path, requireAccess(...new Set(access)), (context) => {
      if (context.req.method === 'OPTIONS') return context.body(null, 204, { allow });
      return answerProblem(context, new AppError('method_not_allowed', `Use one of: ${allow}.`), { allow });
    });
  }
}

/** The query of a route that takes none: an unknown parameter is refused like an unknown field. */
export const noQuery = z.strictObject({});

export function assertNoQuery(context: Context<ApiEnv>): void {
  parseOrRefuse(noQuery, context.req.query());
}

/** The path's parameters, for routes added with `addRoute`. Throws `not_found`. */
export function readParams<Schema extends z.ZodType>(context: Context<ApiEnv>, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(context.req.param());
  if (!parsed.success) throw nothingHere();
  return parsed.data;
}

function nothingHere(): AppError {
  return new AppError('not_found', 'There is nothing here.');
}

const maxPageSize = bounds.pageSize.max;

/** Query parameters of a list, newest first. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(maxPageSize)
    .default(20)
    .meta({ description: `Entries per page, at most ${maxPageSize}.`, example: 20 }),
};

/** @param id an entry's id: the page begins after it */
export function cursorOf<Schema extends z.ZodType>(id: Schema) {
  return id.optional().meta({ description: '`next_cursor` of the previous page.' });
}
