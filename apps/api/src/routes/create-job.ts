/** `POST /v1/jobs`: the photo is received, the job queued, and with `Prefer: wait=N` its end waited for. */
import { createJobId, jobSchema } from '@m2fp/contract';
import type { JobView } from '@m2fp/contract';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { whileKeyIsValid } from '../access/key-changes.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, header, problems } from '../http/openapi.ts';
import { parseOrRefuse } from '../http/problem.ts';
import { addRoute, assertNoQuery, createRoutes, declareRoute } from '../http/routes.ts';
import { idempotencyHeader } from '../idempotency/create-once.ts';
import type { Created } from '../idempotency/create-once.ts';
import { createJob } from '../jobs/create-job.ts';
import type { CreatedJob } from '../jobs/create-job.ts';
import { readCreateRequest } from '../jobs/create-request.ts';
import { jobPath } from '../jobs/job-links.ts';
import {
  createJobFormDocument,
  createJobFormSchema,
  createJobSchema,
  formFieldNames,
  jobExamples,
  photoTypes,
} from '../jobs/job-schemas.ts';
import { receivePhoto } from '../jobs/photo-intake.ts';
import type { AcceptedBodies } from '../jobs/photo-intake.ts';
import { viewJob, viewQueued } from '../jobs/read-job.ts';
import { preferHeader, preferredWaitS, waitForJob } from '../sync/wait-for-job.ts';

const location = header('Where to read the job: `/v1/jobs/{id}`.');
const json = { contentType: 'application/json' };

const createJobRoute = declareRoute({
  method: 'post',
  path: '/v1/jobs',
  access: 'jobs:write',
  operationId: 'createJob',
  tags: ['Jobs'],
  summary: 'Queue a photo for parsing',
  description:
    'The photo is already in the bucket (JSON, with its key) or comes with the request (multipart, field `image`). ' +
    'Everything that can be known in advance is checked before the job is queued: the fields, the keys, that the ' +
    'object exists and is not too large, and an upload’s size and format.',
  request: {
    headers: idempotencyHeader.extend(preferHeader.shape),
    body: {
      required: true,
      content: {
        'application/json': { schema: createJobSchema, examples: jobExamples.requests },
        'multipart/form-data': {
          schema: createJobFormDocument,
          encoding: {
            image: { contentType: photoTypes.join(', ') },
            output: json,
            options: json,
            metadata: json,
            webhook: json,
          },
        },
      },
    },
  },
  responses: {
    200: {
      description: 'With `Prefer: wait=N`: the job has ended, successfully or not.',
      headers: { ...commonHeaders, Location: location, 'Preference-Applied': header('The wait that was applied.') },
      content: { 'application/json': { schema: jobSchema, examples: jobExamples.finished } },
    },
    202: {
      description: 'The job is queued; with `Prefer: wait=N`, it did not end within that time.',
      headers: { ...commonHeaders, Location: location },
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
      'idempotency_mismatch',
      'overloaded',
      'rate_limited',
      'queue_unavailable',
      'storage_unavailable',
      'timeout',
    ),
  },
});

const acceptedBodies: AcceptedBodies = {
  json: createJobSchema,
  form: createJobFormSchema,
  formFields: formFieldNames,
  textFields: ['model'],
  acceptsBytes: false,
};

export function createJobRoutes(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  // The body is read by its type, and an upload while it arrives, which no validator does.
  addRoute(routes, createJobRoute, async (context) => {
    assertNoQuery(context);
    const request = readCreateRequest(context, createJobId());
    const { prefer } = parseOrRefuse(preferHeader, { prefer: context.req.header('prefer') });
    const waitS = preferredWaitS(prefer) ?? 0;
    const photo = await receivePhoto(request, acceptedBodies, deps);
    // Only a request that really waits goes first; one for which there is no room to wait is answered at once instead.
    const release = waitS > 0 ? deps.shares.tryTake('waiters', request.caller) : undefined;
    try {
      const settings = { route: 'jobs', class: release === undefined ? 'single' : 'interactive' } as const;
      const created = await createJob(request, photo, settings, deps);
      context
        .get('log')
        .info({ jobId: created.id, model: created.answer.model, isReplay: created.isReplay }, 'job queued');
      context.header('location', jobPath(created.id, deps.settings.basePath));
      const { caller, raw } = request;
      const wait = (signal: AbortSignal) => waitForEnd(created, waitS, signal, deps);
      const ended = release && (await whileKeyIsValid(deps.keyChanges, caller, raw.signal, wait));
      if (ended === undefined) {
        return context.json(viewQueued({ id: created.id, ...created.answer }, deps), 202);
      }
      return context.json(ended.view, 200, { 'preference-applied': `wait=${ended.waitS}` });
    } finally {
      release?.();
    }
  });
  return routes;
}

/** The job at its end, if it ends in time. A client that hangs up leaves its job. */
async function waitForEnd(
  { id }: Created<CreatedJob>,
  preferredS: number,
  signal: AbortSignal,
  deps: ApiDeps,
): Promise<{ view: JobView; waitS: number } | undefined> {
  const waitS = Math.min(preferredS, deps.settings.syncTimeoutMs / 1_000);
  const late = AbortSignal.timeout(waitS * 1_000);
  const limits = { startMs: waitS * 1_000, endMs: waitS * 1_000, signal: AbortSignal.any([signal, late]) };
  const outcome = await waitForJob(id, deps, limits);
  if (outcome.kind !== 'ended') return undefined;
  return { view: await viewJob(outcome.record, deps), waitS };
}
