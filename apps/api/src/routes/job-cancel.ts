import { AppError, isFinal, jobIdSchema, jobSchema } from '@m2fp/contract';
import { createRoute, z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { removeResults } from '@m2fp/storage';
import type { ApiDeps } from '../deps.ts';
import { createRoutes, noQuery } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, problems } from '../http/openapi.ts';
import { ownerOf } from '../http/owner.ts';
import { findJob, viewJobNow } from '../jobs/find-job.ts';
import { followJob } from '../jobs/follow-job.ts';
import { jobExamples } from '../jobs/job-examples.ts';

/** A worker ends a job within a second of hearing of it. */
const patienceMs = 2_000;
const pollMs = 250;

const cancelJobRoute = createRoute({
  method: 'post',
  path: '/v1/jobs/{id}/cancel',
  operationId: 'cancelJob',
  tags: ['Jobs'],
  summary: 'Cancel a job',
  description:
    'A job that waits never runs; one that runs is stopped within a second, on whichever worker it is. A canceled job ' +
    'leaves no results. A job that is done already stays as it is; canceling again changes nothing.',
  request: { params: z.strictObject({ id: jobIdSchema }), query: noQuery },
  responses: {
    200: {
      description: 'The job, at its end: `canceled`, unless it was done before.',
      headers: commonHeaders,
      content: { 'application/json': { schema: jobSchema, examples: jobExamples.ended } },
    },
    202: {
      description: 'Its worker was told and has not stopped it yet.',
      headers: commonHeaders,
      content: { 'application/json': { schema: jobSchema, examples: jobExamples.running } },
    },
    ...problems('not_found', 'expired', 'invalid_request', 'queue_unavailable', 'storage_unavailable'),
  },
});

export function jobCancelRoutes(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  routes.openapi(cancelJobRoute, async (context) => {
    const { id } = context.req.valid('param');
    await findJob(id, ownerOf(context), deps);
    const outcome = await deps.queue.cancel(id, (data) =>
      removeResults(data, deps.storage, deps.settings.storageTimeoutMs),
    );
    context.get('log').info({ jobId: id, outcome }, 'job canceled');
    if (outcome === 'stopping') await waitForEnd(id, deps, context.req.raw.signal);
    const record = await deps.queue.find(id);
    if (record === undefined) throw new AppError('not_found', 'There is no such job.');
    return context.json(await viewJobNow(record, deps), isFinal(record) ? 200 : 202);
  });
  return routes;
}

async function waitForEnd(id: string, deps: ApiDeps, hungUp: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([hungUp, AbortSignal.timeout(patienceMs)]);
  for await (const record of followJob(id, deps, { pollMs, signal })) {
    if (record === undefined || isFinal(record)) return;
  }
}
