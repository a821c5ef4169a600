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
import { compressed } from './compression.ts';
import { isOption, optionCommand } from '../mending/bodies.ts';
import { mendedMessage } from '../mending/fields.ts';
import { curlFor } from '../mending/paths.ts';
import { InvalidRequest, answerProblem, fieldErrors, jsonPointer, parseOrRefuse } from './problem.ts';

/**
 * A group of routes. Path, query and header values that do not match the declared schema are refused here; a path
 * parameter that cannot name anything is `not_found`, like one that names nothing.
 * @param getPath how the app that serves them reads a request's path
 */
export function createRoutes(getPath: (request: Request) => string = readPath): OpenAPIHono<ApiEnv> {
  const routes = new OpenAPIHono<ApiEnv>({ getPath });
  const openapi = routes.openapi.bind(routes);
  const withHook = (route: RouteConfig, handler: never) => openapi(route, handler, refusing(route) as never);
  routes.openapi = withHook as typeof routes.openapi;
  return routes;
}

interface Checked {
  readonly success: boolean;
  readonly target: string;
  readonly error?: unknown;
  readonly data?: unknown;
}

/** Refuses what does not match the route's schemas, and says what they have instead. */
function refusing({ request = {} }: RouteConfig): (result: Checked) => void {
  const schemas: Readonly<Record<string, unknown>> = { query: request.query, param: request.params };
  return ({ success, target, error, data }) => {
    if (success || !(error instanceof z.ZodError)) return;
    const schema = schemas[target];
    const known = schema instanceof z.ZodType ? schema : undefined;
    if (target === 'param') throw nothingHere(error, known, data);
    throw new InvalidRequest(fieldErrors(error, known, data));
  };
}

/**
 * A route for the OpenAPI document. Who may call it is required; the document derives from it what to say about keys.
 */
type RouteDeclaration<Path extends string> = Omit<RouteConfig, 'path' | 'security' | 'middleware'> & {
  readonly path: Path;
  /** Several: any of them is enough. */
  readonly access: Access | readonly Scope[];
  /** Whether its answers are compressed; not if they hold secrets. */
  readonly isCompressed?: true;
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
    middleware: [requireAccess(...allowed), ...(declaration.isCompressed === true ? [compressed] : [])],
  });
  // The document has no such fields.
  return Object.defineProperties(route, { access: { enumerable: false }, isCompressed: { enumerable: false } });
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
export function answerOtherMethods(app: Hono<ApiEnv>, basePath: string): void {
  for (const [path, routes] of Map.groupBy(routesOf(app), (route) => route.path)) {
    if (routes.some(({ method }) => method === 'ALL')) continue;
    const methods = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    const allow = [...new Set([...methods, 'OPTIONS'])].sort().join(', ');
    const access = routes.flatMap((route) => declaredAccess(route) ?? []);
    app.all(path, requireAccess(...new Set(access)), (context) => {
      if (context.req.method === 'OPTIONS') return context.body(null, 204, { allow });
      const command = curlFor(context, methods, context.req.path, basePath);
      const message = `There is no ${context.req.method} here. Use one of: ${allow}. For example, ${command}.`;
      return answerProblem(context, new AppError('method_not_allowed', message), { allow });
    });
  }
}

/** The query of a route that takes none: an unknown parameter is refused like an unknown field. */
export const noQuery = z.strictObject({});

/** Throws `invalid_request`. Options are in the body of whatever creates jobs. */
export function assertNoQuery(context: Context<ApiEnv>): void {
  const query = context.req.query();
  const option = context.req.method === 'POST' ? Object.keys(query).find(isOption) : undefined;
  if (option !== undefined) {
    const message = `Not in the URL: options go into the body, in a form as \`${optionCommand(option)}\``;
    throw new InvalidRequest([{ pointer: jsonPointer([option]), message }]);
  }
  parseOrRefuse(noQuery, query);
}

/** For lists that are beside a POST. Throws `malformed_request`. */
export function assertNoBody(context: Context<ApiEnv>, basePath: string): void {
  const { headers } = context.req.raw;
  const hasBody = headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > 0;
  if (!hasBody) return;
  const command = curlFor(context, ['POST'], context.req.path, basePath);
  throw new AppError('malformed_request', `A GET has no body: leave out -X GET or --get, as in ${command}.`);
}

/** The path's parameters, for routes added with `addRoute`. Throws `not_found`. */
export function readParams<Schema extends z.ZodType>(context: Context<ApiEnv>, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(context.req.param());
  if (!parsed.success) throw nothingHere(parsed.error, schema, context.req.param());
  return parsed.data;
}

/** What is wrong with the path's parameter, and how one looks. */
function nothingHere({ issues: [issue] }: z.ZodError, schema: z.ZodType | undefined, value: unknown): AppError {
  const shape = schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {};
  const name = String(issue?.path[0] ?? '');
  const example = shape[name]?.meta()?.['example'];
  const fault = issue === undefined ? '' : ` ${mendedMessage(issue, value)}`.replace(/[^.?]$/, '$&.');
  const looks = typeof example === 'string' ? ` It is like \`${example}\`.` : '';
  return new AppError('not_found', `There is nothing here: \`${name}\` is wrong.${fault}${looks}`);
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
