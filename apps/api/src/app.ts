import { AppError, bounds } from '@m2fp/contract';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { assertAccessDeclared } from './access/require-access.ts';
import type { ApiDeps } from './deps.ts';
import { routingPath } from './http/base-path.ts';
import type { ApiEnv } from './http/context.ts';
import { allowOrigins } from './http/cors.ts';
import { defaultHeaders, requestLog, traceRequests } from './http/middleware.ts';
import { answerProblem, onError } from './http/problem.ts';
import { answerOtherMethods, createRoutes } from './http/routes.ts';
import { nearPath } from './mending/paths.ts';
import { adminRoutes } from './routes/admin.ts';
import { backlogRoutes } from './routes/backlog.ts';
import { batchRoutes } from './routes/batches.ts';
import { createJobRoutes } from './routes/create-job.ts';
import { healthRoutes } from './routes/health.ts';
import { jobEventRoutes } from './routes/job-events.ts';
import { jobFileRoutes } from './routes/job-files.ts';
import { jobRoutes } from './routes/jobs.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { serveOpenApi } from './routes/openapi.ts';
import { modelRoutes } from './routes/models.ts';
import { pageRoutes, referenceRoutes } from './routes/pages.ts';
import { parseRoutes } from './routes/parse.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { webhookRoutes } from './routes/webhooks.ts';

/** The whole HTTP interface, without a socket. Throws if a route does not declare who may call it. */
export function createApp(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const { basePath, corsOrigins } = deps.settings;
  const app = createRoutes(routingPath(basePath));
  app.use(deps.metrics.measure);
  app.use(requestId({ limitLength: bounds.requestId.max }));
  app.use(traceRequests(deps.tracing));
  app.use(requestLog(deps.log));
  app.use(secureHeaders({ xFrameOptions: 'DENY' }));
  app.use(defaultHeaders(deps.stopping));
  app.use(allowOrigins(corsOrigins));
  app.use(async (context, next) => {
    context.set('authenticator', deps.authenticator);
    context.set('shares', deps.shares);
    context.set('letIn', deps.settings);
    try {
      await next();
    } catch (thrown) {
      // Hono passes on what is not an Error instead of answering it. A client that hangs up aborts with a text.
      throw thrown instanceof Error ? thrown : new AppError('malformed_request', 'The request was cut off.');
    } finally {
      context.get('hold')?.release();
    }
  });
  app.route('/', parseRoutes(deps));
  app.route('/', createJobRoutes(deps));
  app.route('/', jobRoutes(deps));
  app.route('/', jobFileRoutes(deps));
  app.route('/', jobEventRoutes(deps));
  app.route('/', uploadRoutes(deps));
  app.route('/', batchRoutes(deps));
  app.route('/', modelRoutes(deps));
  app.route('/', backlogRoutes(deps));
  app.route('/', webhookRoutes(deps));
  app.route('/', healthRoutes(deps));
  app.route('/', metricsRoutes(deps.metrics));
  app.route('/', adminRoutes(deps.adminQueues, basePath));
  app.route('/', pageRoutes(deps.page));
  app.route('/', referenceRoutes(basePath));
  serveOpenApi(app, basePath);
  answerOtherMethods(app, basePath);
  assertAccessDeclared(app);
  const paths = app.routes.filter(({ method }) => method !== 'ALL').map(({ path }) => path);
  app.notFound((context) => {
    const { method, path } = context.req;
    // `curl -T` adds the file's name to a path that ends with a slash.
    const folder = method === 'PUT' ? path.slice(0, path.lastIndexOf('/')) : path;
    const near = nearPath(path, paths) ?? nearPath(folder, paths);
    const instead = near === undefined ? '' : ` Did you mean \`${basePath}${near}\`?`;
    return answerProblem(context, new AppError('not_found', `There is nothing at this path.${instead}`));
  });
  app.onError(onError);
  return app;
}
