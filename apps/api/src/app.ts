import { AppError } from '@m2fp/contract';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { guard } from './access/guard.ts';
import { boardRoutes } from './admin/board.ts';
import type { ApiDeps } from './deps.ts';
import { answerProblem, onError } from './http/answer-problem.ts';
import { createRoutes } from './http/context.ts';
import type { ApiEnv } from './http/context.ts';
import { otherMethods } from './http/methods.ts';
import { traceRequests } from './http/trace-requests.ts';
import { requestLog } from './http/request-log.ts';
import { batchRoutes } from './routes/batches.ts';
import { createJobRoutes } from './routes/create-job.ts';
import { healthRoutes } from './routes/health.ts';
import { jobCancelRoutes } from './routes/job-cancel.ts';
import { jobEventRoutes } from './routes/job-events.ts';
import { jobFileRoutes } from './routes/job-files.ts';
import { jobRoutes } from './routes/jobs.ts';
import { serveOpenApi } from './routes/openapi.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { pageRoutes } from './routes/page.ts';
import { parseRoutes } from './routes/parse.ts';
import { referenceRoutes } from './routes/reference.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { Slots } from './slots.ts';

/** As long as a job's data may hold. */
const maxRequestIdLength = 128;

/** Nothing that the API answers is to be shown as a page, or to load anything. */
const noContent = "default-src 'none'; frame-ancestors 'none'";

/** The whole HTTP interface, without a socket. */
export function createApp(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const app = createRoutes();
  app.use(deps.metrics.measure);
  app.use(requestId({ limitLength: maxRequestIdLength }));
  app.use(traceRequests(deps.tracing));
  app.use(requestLog(deps.log));
  app.use(secureHeaders({ xFrameOptions: 'DENY' }));
  app.use(async (context, next) => {
    await next();
    const { headers } = context.res;
    // The page has its own of both. Answers are about a moment, and may hold signed URLs.
    if (!headers.has('etag')) headers.set('cache-control', 'no-store');
    if (!headers.has('content-security-policy')) headers.set('content-security-policy', noContent);
    if (deps.stopping.aborted) headers.set('connection', 'close');
  });
  app.use(otherMethods(app));
  app.use(guard(deps.gatekeeper));
  const waiters = new Slots(deps.settings.maxSyncWaiters);
  app.route('/', parseRoutes(deps, waiters));
  app.route('/', createJobRoutes(deps, waiters));
  app.route('/', jobRoutes(deps));
  app.route('/', jobCancelRoutes(deps));
  app.route('/', jobFileRoutes(deps));
  app.route('/', jobEventRoutes(deps));
  app.route('/', uploadRoutes(deps));
  app.route('/', batchRoutes(deps));
  app.route('/', webhookRoutes(deps));
  app.route('/', healthRoutes(deps));
  app.route('/', metricsRoutes(deps.metrics));
  app.route('/', boardRoutes(deps.adminQueues));
  app.route('/', pageRoutes(deps.page));
  app.route('/', referenceRoutes());
  serveOpenApi(app);
  app.notFound((context) => answerProblem(context, new AppError('not_found', 'There is nothing at this path.')));
  app.onError(onError);
  return app;
}
