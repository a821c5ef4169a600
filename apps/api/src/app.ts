import { AppError } from '@m2fp/core/contract';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import type { ApiDeps } from './deps.ts';
import { answerProblem, onError } from './http/answer-problem.ts';
import { createRoutes } from './http/context.ts';
import type { ApiEnv } from './http/context.ts';
import { otherMethods } from './http/methods.ts';
import { requestLog } from './http/request-log.ts';
import { batchRoutes } from './routes/batches.ts';
import { healthRoutes } from './routes/health.ts';
import { jobRoutes } from './routes/jobs.ts';
import { serveOpenApi } from './routes/openapi.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { webhookRoutes } from './routes/webhooks.ts';

/** As long as a job's data may hold. */
const maxRequestIdLength = 128;

/** The whole HTTP interface, without a socket. */
export function createApp(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const app = createRoutes();
  app.use(requestId({ limitLength: maxRequestIdLength }));
  app.use(requestLog(deps.log));
  app.use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      xFrameOptions: 'DENY',
    }),
  );
  app.use(async (context, next) => {
    await next();
    // Answers are about a moment, and may hold signed URLs.
    context.res.headers.set('cache-control', 'no-store');
    if (deps.isStopping()) context.res.headers.set('connection', 'close');
  });
  app.use(otherMethods(app));
  app.route('/', jobRoutes(deps));
  app.route('/', uploadRoutes(deps));
  app.route('/', batchRoutes(deps));
  app.route('/', webhookRoutes(deps));
  app.route('/', healthRoutes(deps));
  serveOpenApi(app);
  app.notFound((context) => answerProblem(context, new AppError('not_found', 'There is nothing at this path.')));
  app.onError(onError);
  return app;
}
