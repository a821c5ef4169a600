import { jobPriority, jobSchema } from '@m2fp/contract';
import type { JobData, JobView } from '@m2fp/contract';
import { createRoute } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { callerSettings } from '../access/caller-settings.ts';
import type { ApiDeps } from '../deps.ts';
import { assertNoQuery, createRoutes } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, header, problems } from '../http/openapi.ts';
import { idempotencyHeader } from '../idempotency/idempotent-create.ts';
import type { Created } from '../idempotency/idempotent-create.ts';
import { createJob } from '../jobs/create-job.ts';
import { createRequestOf } from '../jobs/create-request.ts';
import { photoTypes } from '../jobs/photo-types.ts';
import { jobExamples } from '../jobs/job-examples.ts';
import { createJobFormDocument, createJobFormSchema, createJobSchema, formFieldNames } from '../jobs/job-schemas.ts';
import { viewJob } from '../jobs/job-view.ts';
import { queuedRecord } from '../jobs/submit-job.ts';
import { takePhoto } from '../jobs/take-photo.ts';
import type { BodyKinds } from '../jobs/taken-photo.ts';
import type { Slots } from '../slots.ts';
import { preferHeader, preferredWaitS } from '../sync/prefer-wait.ts';
import { waitForJob } from '../sync/wait-for-job.ts';

const location = header('Where to ask for the job: `/v1/jobs/{id}`.');
const json = { contentType: 'application/json' };

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
      description: 'With `Prefer: wait=N`: the job has ended, well or not.',
      headers: { ...commonHeaders, Location: location, 'Preference-Applied': header('The wait that was applied.') },
      content: { 'application/json': { schema: jobSchema, examples: jobExamples.finished } },
    },
    202: {
      description: 'The job is queued; with `Prefer: wait=N`, it has not ended in that time.',
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

const kinds: BodyKinds = {
  json: createJobSchema,
  form: createJobFormSchema,
  formFields: formFieldNames,
  takesBytes: false,
};

/** @param waiters places for requests that wait for their job */
export function createJobRoutes(deps: ApiDeps, waiters: Slots): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  // Registered by hand: the body is read by what it is, and an upload while it arrives, which no validator does.
  routes.openAPIRegistry.registerPath(createJobRoute);
  routes.post(createJobRoute.getRoutingPath(), async (context) => {
    assertNoQuery(context);
    const request = createRequestOf(context);
    const own = { ...deps, settings: callerSettings(context, deps.settings) };
    const waitS = preferredWaitS(context.req.header('prefer'));
    const priority = waitS === undefined ? jobPriority.single : jobPriority.interactive;
    const photo = await takePhoto(request, kinds, own);
    const created = await createJob(request, photo, { route: 'jobs', priority }, own);
    context.get('log').info({ jobId: created.id, isReplay: created.isReplay }, 'job queued');
    context.header('location', `/v1/jobs/${created.id}`);
    const ended = waitS === undefined ? undefined : await waitedFor(created, waitS, request.raw.signal, deps, waiters);
    if (ended === undefined) {
      const record = queuedRecord(created.id, created.answer);
      return context.json(await viewJob(record, deps.storage, deps.settings), 202);
    }
    return context.json(ended.view, 200, { 'preference-applied': `wait=${ended.waitS}` });
  });
  return routes;
}

/** The job at its end, if that comes in time and there is room to wait for it. A client that hangs up leaves its job. */
async function waitedFor(
  { id }: Created<JobData>,
  askedS: number,
  signal: AbortSignal,
  deps: ApiDeps,
  waiters: Slots,
): Promise<{ view: JobView; waitS: number } | undefined> {
  const release = waiters.take();
  if (release === undefined) return undefined;
  try {
    const waitS = Math.min(askedS, deps.settings.syncTimeoutMs / 1_000);
    const late = AbortSignal.timeout(waitS * 1_000);
    const patience = { startMs: waitS * 1_000, endMs: waitS * 1_000, signal: AbortSignal.any([signal, late]) };
    const waited = await waitForJob(id, deps, patience);
    if (waited.kind !== 'ended') return undefined;
    return { view: await viewJob(waited.record, deps.storage, deps.settings), waitS };
  } finally {
    release();
  }
}
