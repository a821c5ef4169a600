import { createRoute, z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiDeps } from '../deps.ts';
import { createRoutes, noQuery } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, problems } from '../http/openapi.ts';
import { ownerOf } from '../http/owner.ts';
import { findJob, viewJobNow } from '../jobs/find-job.ts';
import { jobExamples } from '../jobs/job-examples.ts';
import { jobIdSchema, jobSchema } from '@m2fp/contract';
import { jobListQuery, jobListSchema } from '../jobs/job-schemas.ts';
import { cursorOf, listJobs, parseCursor } from '../jobs/list-jobs.ts';

const getJobRoute = createRoute({
  method: 'get',
  path: '/v1/jobs/{id}',
  operationId: 'getJob',
  tags: ['Jobs'],
  summary: 'See how a job is getting on',
  description: 'Ask again every second or so until `finished_at` is set. Result URLs are signed anew at each read.',
  request: { params: z.strictObject({ id: jobIdSchema }), query: noQuery },
  responses: {
    200: {
      description: 'The job.',
      headers: commonHeaders,
      content: { 'application/json': { schema: jobSchema, examples: jobExamples.jobs } },
    },
    ...problems('not_found', 'expired', 'invalid_request', 'queue_unavailable', 'storage_unavailable'),
  },
});

const listJobsRoute = createRoute({
  method: 'get',
  path: '/v1/jobs',
  operationId: 'listJobs',
  tags: ['Jobs'],
  summary: 'List jobs, newest first',
  description:
    'Your jobs that are still kept, without their results and their places in the queue: read the job itself for those. ' +
    'The photos of a batch are in its manifest. A page may have fewer jobs than asked for: there are more as long as ' +
    '`next_cursor` is set.',
  request: { query: jobListQuery },
  responses: {
    200: {
      description: 'A page of jobs.',
      headers: commonHeaders,
      content: { 'application/json': { schema: jobListSchema, examples: { page: jobExamples.list } } },
    },
    ...problems('invalid_request', 'queue_unavailable'),
  },
});

export function jobRoutes(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();

  routes.openapi(getJobRoute, async (context) => {
    const { id } = context.req.valid('param');
    const record = await findJob(id, ownerOf(context), deps);
    return context.json(await viewJobNow(record, deps), 200);
  });

  routes.openapi(listJobsRoute, async (context) => {
    const { cursor, ...query } = context.req.valid('query');
    const after = cursor === undefined ? undefined : parseCursor(cursor);
    const { jobs, last } = await listJobs(ownerOf(context), { ...query, after }, deps);
    return context.json({ jobs, next_cursor: last === undefined ? null : cursorOf(last) }, 200);
  });

  return routes;
}
