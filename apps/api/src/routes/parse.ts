import { AppError, jobPriority, optionFields, optionFromText } from '@m2fp/contract';
import { createRoute, z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { callerSettings } from '../access/caller-settings.ts';
import type { ApiDeps } from '../deps.ts';
import { createRoutes } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { parseOrRefuse } from '../http/errors.ts';
import { commonHeaders, header, problems } from '../http/openapi.ts';
import { idempotencyHeader } from '../idempotency/idempotent-create.ts';
import { createJob } from '../jobs/create-job.ts';
import { createRequestOf } from '../jobs/create-request.ts';
import { openFile, readingFile } from '../jobs/open-file.ts';
import { photoTypes } from '../jobs/photo-types.ts';
import type { JobRecord } from '@m2fp/contract';
import { takePhoto } from '../jobs/take-photo.ts';
import type { BodyKinds } from '../jobs/taken-photo.ts';
import type { Slots } from '../slots.ts';
import { acceptedType } from '../sync/accepted-type.ts';
import { finishJob } from '../sync/finish-job.ts';
import { answerTypes, jobFailureCodes, outputOfType, readParseResult, resultOf } from '../sync/parse-answer.ts';
import type { AnswerType } from '../sync/parse-answer.ts';
import {
  parseExample,
  parseFormDocument,
  parseFormSchema,
  parseJsonSchema,
  parseQuerySchema,
  parseResultSchema,
} from '../sync/parse-schemas.ts';

const binary = z.string().meta({ format: 'binary' });
const photoBody = { schema: binary.meta({ description: 'The photo: JPEG, PNG, WebP or AVIF.' }) };

const parseRoute = createRoute({
  method: 'post',
  path: '/parse',
  operationId: 'parsePhoto',
  tags: ['Parse'],
  summary: 'Parse a photo and wait for the result',
  description:
    'The photo as the body itself, in a form (`image`), or by its key. `Accept` says what comes back: the masks as JSON, ' +
    'the colormap as PNG or the overlay as JPEG. It goes through the same queue as every job, ahead of all that nobody ' +
    'waits for. Where no worker takes it within 15 seconds, or too many wait already, the answer is 429 and the job is ' +
    'withdrawn; so it is when you hang up, unless you sent an Idempotency-Key: then the same request finds the same job. ' +
    'Options may stand in the query or in the body, which counts more.',
  request: {
    query: parseQuerySchema,
    headers: idempotencyHeader,
    body: {
      required: true,
      content: {
        'image/jpeg': photoBody,
        'image/png': photoBody,
        'image/webp': photoBody,
        'image/avif': photoBody,
        'application/octet-stream': photoBody,
        'multipart/form-data': {
          schema: parseFormDocument,
          encoding: { image: { contentType: photoTypes.join(', ') }, options: { contentType: 'application/json' } },
        },
        'application/json': { schema: parseJsonSchema, example: { input: { key: 'inputs/photo.jpg' } } },
      },
    },
  },
  responses: {
    200: {
      description: 'The result, as what was accepted.',
      headers: { ...commonHeaders, 'X-Job-Id': header('The job behind it.') },
      content: {
        'application/json': { schema: parseResultSchema, example: parseExample },
        'image/png': { schema: binary },
        'image/jpeg': { schema: binary },
      },
    },
    ...problems(
      'malformed_request',
      'expired',
      'not_acceptable',
      'payload_too_large',
      'unsupported_media_type',
      'invalid_request',
      'idempotency_mismatch',
      'overloaded',
      'rate_limited',
      'queue_unavailable',
      ...jobFailureCodes.filter((code) => code !== 'internal'),
    ),
  },
});

const kinds: BodyKinds = {
  json: parseJsonSchema,
  form: parseFormSchema,
  formFields: ['options'],
  takesBytes: true,
};

/** @param waiters places for requests that wait for their job */
export function parseRoutes(deps: ApiDeps, waiters: Slots): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  // Registered by hand: the body is read by what it is, and an upload while it arrives, which no validator does.
  routes.openAPIRegistry.registerPath(parseRoute);
  routes.post(parseRoute.getRoutingPath(), async (context) => {
    const type = acceptedType(context.req.header('accept'), answerTypes);
    const options = readOptions(context);
    const release = waiters.take();
    if (release === undefined) throw new AppError('overloaded', 'Too many requests wait already. Try again later.');
    try {
      const own = { ...deps, settings: callerSettings(context, deps.settings), log: context.get('log') };
      const record = await parseNow(context, type, options, own);
      return await answer(context, type, record, own);
    } finally {
      release();
    }
  });
  return routes;
}

/** All of a query is text. */
function readOptions(context: Context<ApiEnv>): z.infer<typeof parseQuerySchema> {
  const values = Object.entries(context.req.query()).map(([name, text]) => {
    const field = optionFields.find((option) => option.name === name);
    return [name, field === undefined ? text : optionFromText(field, text)];
  });
  return parseOrRefuse(parseQuerySchema, Object.fromEntries(values));
}

async function parseNow(
  context: Context<ApiEnv>,
  type: AnswerType,
  queryOptions: z.infer<typeof parseQuerySchema>,
  deps: ApiDeps,
): Promise<JobRecord> {
  const request = createRequestOf(context);
  const taken = await takePhoto(request, kinds, deps);
  const options = { ...queryOptions, ...taken.fields.options, outputs: [outputOfType[type]] };
  const settings = { route: 'parse', priority: jobPriority.interactive };
  const { id, answer: data } = await createJob(request, { ...taken, fields: { options } }, settings, deps);
  deps.log.info({ jobId: id }, 'job queued, and waited for');
  return finishJob(request, { id, data, isUpload: taken.isUpload }, deps);
}

async function answer(context: Context<ApiEnv>, type: AnswerType, record: JobRecord, deps: ApiDeps): Promise<Response> {
  const { storage, settings } = deps;
  const result = resultOf(record);
  const file = result.files.find(({ output }) => output === outputOfType[type]);
  if (file === undefined) throw new AppError('internal', 'The job has not made what was asked for.');
  context.header('x-job-id', record.id);
  if (type !== 'application/json') {
    const { bytes, body } = await openFile(file.key, deps, context.req.raw.signal);
    return context.body(ReadableStream.from(body), 200, { 'content-type': type, 'content-length': `${bytes}` });
  }
  const parsed = await readingFile(settings.storageTimeoutMs, (signal) =>
    readParseResult(record.id, result, { key: file.key, storage, signal }),
  );
  return context.json(parsed, 200);
}
