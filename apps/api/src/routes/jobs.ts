import { AppError, isFinal, jobIdSchema, jobSchema } from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { removeResults } from '@m2fp/storage';
import type { ApiDeps } from '../deps.ts';
import { callerOf, beginPage } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, problems } from '../http/openapi.ts';
import { assertNoBody, createRoutes, declareRoute, noQuery } from '../http/routes.ts';
import { followJob } from '../jobs/follow-job.ts';
import { jobExamples, jobListQuery, jobListSchema } from '../jobs/job-schemas.ts';
import { formatCursor, listJobs, parseCursor } from '../jobs/list-jobs.ts';
import { findJob, viewJobNow } from '../jobs/read-job.ts';

const tags = ['Jobs'];
const params = z.strictObject({ id: jobIdSchema });

const getJobRoute = declareRoute({
  method: 'get',
  path: '/v1/jobs/{id}',
  access: 'jobs:read',
  operationId: 'getJob',
  tags,
  summary: 'Get a job',
  description: 'Poll every second or so until `finished_at` is set. Result URLs are signed anew for each response.',
  request: { params, query: noQuery },
  responses: {
    200: {
      description: 'The job.',
      headers: commonHeaders,
      content: { 'application/json': { schema: jobSchema, examples: jobExamples.jobs } },
    },
    ...problems('not_found', 'expired', 'invalid_request', 'queue_unavailable', 'storage_unavailable'),
  },
});

const listJobsRoute = declareRoute({
  method: 'get',
  path: '/v1/jobs',
  access: 'jobs:read',
  isCompressed: true,
  operationId: 'listJobs',
  tags,
  summary: 'List jobs, newest first',
  description:
    'Your jobs that are still kept, without their results and places in the queue: get a job to see those. The ' +
    'photos of a batch are in its manifest. A page may have fewer jobs than requested: there are more as long as ' +
    '`next_cursor` is set.',
  request: { query: jobListQuery },
  responses: {
    200: {
      description: 'A page of jobs.',
      headers: commonHeaders,
      content: { 'application/json': { schema: jobListSchema, examples: { page: jobExamples.list } } },
    },
    ...problems('malformed_request', 'invalid_request', 'queue_unavailable'),
  },
});

const cancelJobRoute = declareRoute({
  method: 'post',
  path: '/v1/jobs/{id}/cancel',
  access: 'jobs:write',
  operationId: 'cancelJob',
  tags,
  summary: 'Cancel a job',
  description:
    'A waiting job never runs; a running one is stopped within a second, on whichever worker it runs. A canceled job ' +
    'leaves no results. A job that has already ended is unchanged, and canceling again has no effect.',
  request: { params, query: noQuery },
  responses: {
    200: {
      description: 'The job, which has ended: `canceled`, unless it had ended before.',
      headers: commonHeaders,
      content: { 'application/json': { schema: jobSchema, examples: jobExamples.ended } },
    },
    202: {
      description: 'Its worker was notified but has not stopped it yet.',
      headers: commonHeaders,
      content: { 'application/json': { schema: jobSchema, examples: jobExamples.running } },
    },
    ...problems('not_found', 'expired', 'invalid_request', 'queue_unavailable', 'storage_unavailable'),
  },
});

export function jobRoutes(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();

  routes.openapi(getJobRoute, async (context) => {
    const { id } = context.req.valid('param');
    const record = await findJob(id, callerOf(context), deps);
    return context.json(await viewJobNow(record, deps), 200);
  });

  routes.openapi(listJobsRoute, async (context) => {
    assertNoBody(context, deps.settings.basePath);
    const { cursor, ...query } = context.req.valid('query');
    await beginPage(context, query.limit);
    const after = cursor === undefined ? undefined : parseCursor(cursor);
    const { jobs, last } = await listJobs(callerOf(context).owner, { ...query, after }, deps);
    context.set(
      'holdsSecrets',
      jobs.some(({ webhook }) => webhook !== undefined),
    );
    return context.json({ jobs, next_cursor: last === undefined ? null : formatCursor(last) }, 200);
  });

  routes.openapi(cancelJobRoute, async (context) => {
    const { id } = context.req.valid('param');
    await findJob(id, callerOf(context), deps);
    const { storageTimeoutMs } = deps.settings;
    const outcome = await deps.queue.cancel(id, (data) => removeResults(data, deps.storage, storageTimeoutMs));
    context.get('log').info({ jobId: id, outcome }, 'job canceled');
    if (outcome === 'stopping') await waitUntilStopped(id, deps, context.req.raw.signal);
    const record = await deps.queue.find(id);
    if (record === undefined) throw new AppError('not_found', 'There is no such job.');
    return context.json(await viewJobNow(record, deps), isFinal(record) ? 200 : 202);
  });

  return routes;
}

/** A worker ends a job within a second of being notified. */
const stopTimeoutMs = 2_000;
const stopPollMs = 250;

async function waitUntilStopped(id: string, deps: ApiDeps, hungUp: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([hungUp, AbortSignal.timeout(stopTimeoutMs)]);
  for await (const record of followJob(id, deps, { pollMs: stopPollMs, signal })) {
    if (record === undefined || isFinal(record)) return;
  }
}
