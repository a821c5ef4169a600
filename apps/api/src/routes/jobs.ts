import { createJobId } from '@m2fp/core/contract';
import { createRoute, z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiDeps } from '../deps.ts';
import { isJson, isMultipart, unsupportedMediaType } from '../http/body.ts';
import { assertNoQuery, createRoutes, noQuery } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, header, problems } from '../http/openapi.ts';
import { ownerOf } from '../http/owner.ts';
import { createJobFromForm } from '../jobs/create-from-form.ts';
import { createJobFromKey } from '../jobs/create-from-key.ts';
import { createJobFormDocument, createJobSchema, jobIdSchema, jobSchema } from '../jobs/job-schemas.ts';
import { jobExamples } from '../jobs/job-examples.ts';
import { findJob, viewJobNow } from '../jobs/find-job.ts';
import { viewJob } from '../jobs/job-view.ts';
import type { JobRecord } from '../jobs/queue.ts';
import type { CreateRequest } from '../jobs/submit-job.ts';

const createJobRoute = createRoute({
  method: 'post',
  path: '/v1/jobs',
  operationId: 'createJob',
  tags: ['Jobs'],
  summary: 'Queue a photo for parsing',
  description:
    'The photo is already in the bucket (JSON, with its key) or comes along (multipart, field `image`). Everything ' +
    'that can be known beforehand is checked before the job is queued: the fields, the keys, that the object is there ' +
    'and not too large, and of an upload its size and format.',
  request: {
    body: {
      required: true,
      content: {
        'application/json': { schema: createJobSchema, examples: jobExamples.requests },
        'multipart/form-data': {
          schema: createJobFormDocument,
          encoding: {
            image: { contentType: 'image/jpeg, image/png, image/webp, image/avif' },
            output: { contentType: 'application/json' },
            options: { contentType: 'application/json' },
            metadata: { contentType: 'application/json' },
          },
        },
      },
    },
  },
  responses: {
    202: {
      description: 'The job is queued.',
      headers: { ...commonHeaders, Location: header('Where to ask for the job: `/v1/jobs/{id}`.') },
      content: { 'application/json': { schema: jobSchema, examples: { queued: jobExamples.queued } } },
    },
    ...problems(
      'malformed_request',
      'input_denied',
      'output_denied',
      'input_not_found',
      'image_too_large',
      'payload_too_large',
      'unsupported_format',
      'unsupported_media_type',
      'invalid_request',
      'image_unreadable',
      'overloaded',
      'queue_unavailable',
      'storage_unavailable',
      'timeout',
    ),
  },
});

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

export function jobRoutes(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();

  // Registered by hand: the body is read by what it is, and an upload while it arrives, which no validator does.
  routes.openAPIRegistry.registerPath(createJobRoute);
  routes.post(createJobRoute.getRoutingPath(), async (context) => {
    assertNoQuery(context);
    const request = { id: createJobId(), requestId: context.get('requestId'), raw: context.req.raw };
    const record = await createJob(request, deps);
    context.get('log').info({ jobId: record.id }, 'job queued');
    return context.json(await viewJob(record, deps.storage, deps.settings), 202, { location: `/v1/jobs/${record.id}` });
  });

  routes.openapi(getJobRoute, async (context) => {
    const { id } = context.req.valid('param');
    const record = await findJob(id, ownerOf(context), deps);
    return context.json(await viewJobNow(record, deps), 200);
  });

  return routes;
}

function createJob(request: CreateRequest, deps: ApiDeps): Promise<JobRecord> {
  if (isJson(request.raw.headers)) return createJobFromKey(request, deps);
  if (isMultipart(request.raw.headers)) return createJobFromForm(request, deps);
  throw unsupportedMediaType('application/json or multipart/form-data');
}
