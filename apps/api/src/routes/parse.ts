/** `POST /parse`: a job that the request waits for, and whose result is the answer. */
import { AppError, bounds, createJobId, jobFailureCodes, optionFields, optionFromText } from '@m2fp/contract';
import type { JobRecord } from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { whileKeyIsValid } from '../access/key-changes.ts';
import { BodyHold, once } from '../access/shares.ts';
import type { Release } from '../access/shares.ts';
import type { ApiDeps } from '../deps.ts';
import { callerOf } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, header, problems } from '../http/openapi.ts';
import { JobProblem, parseOrRefuse } from '../http/problem.ts';
import { addRoute, createRoutes, declareRoute } from '../http/routes.ts';
import { idempotencyHeader } from '../idempotency/create-once.ts';
import { createJob } from '../jobs/create-job.ts';
import { readCreateRequest } from '../jobs/create-request.ts';
import type { CreateRequest } from '../jobs/create-request.ts';
import { photoTypes } from '../jobs/job-schemas.ts';
import { receivePhoto } from '../jobs/photo-intake.ts';
import type { AcceptedBodies, ReceivedPhoto } from '../jobs/photo-intake.ts';
import { removeUpload } from '../jobs/photo-upload.ts';
import { openFile, readingFile, sending } from '../jobs/result-file.ts';
import { finishJob } from '../sync/finish-job.ts';
import { acceptedType, answerTypes, outputOfType, readParseResult, resultOf } from '../sync/parse-answer.ts';
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

const dispositionHeader = z.object({
  'content-disposition': z.string().max(bounds.headers.max).optional().meta({
    description: 'What the photo is called in `masks.json`, if it is the body itself.',
    example: 'attachment; filename="cat.jpg"',
  }),
});

const parseRoute = declareRoute({
  method: 'post',
  path: '/parse',
  access: 'jobs:write',
  operationId: 'parsePhoto',
  tags: ['Parse'],
  summary: 'Parse a photo and wait for the result',
  description:
    'Send the photo as the body itself, in a form (`image`), or by its key. `Accept` selects the answer: the masks ' +
    'as JSON, the colormap as PNG or the overlay as JPEG. The photo goes through the same queue as every job, ahead ' +
    'of your other photos that no request waits for. If no worker starts it within 15 seconds, or too many requests ' +
    'are already waiting, the answer is 429 and the job is withdrawn. It is also withdrawn when you hang up, unless ' +
    'you sent an Idempotency-Key: then the same request finds the same job. Options may be in the query or in the ' +
    'body, which takes precedence.',
  request: {
    query: parseQuerySchema,
    headers: idempotencyHeader.extend(dispositionHeader.shape),
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
      description: 'The result, in the accepted type.',
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

const acceptedBodies: AcceptedBodies = {
  json: parseJsonSchema,
  form: parseFormSchema,
  formFields: ['options'],
  acceptsBytes: true,
};

export function parseRoutes(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  // The body is read by its type, and an upload while it arrives, which no validator does.
  addRoute(routes, parseRoute, async (context) => {
    const type = acceptedType(context.req.header('accept'), answerTypes);
    const options = readOptions(context);
    const record = await parseNow(context, type, options, { ...deps, log: context.get('log') });
    return answer(context, type, record, deps);
  });
  return routes;
}

/** A query has only text. */
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
  const request = readCreateRequest(context, createJobId());
  deps.shares.assertRoom('waiters', request.caller);
  const photo = await receivePhoto(request, acceptedBodies, deps);
  const release = await beginToWait(request, photo, deps);
  try {
    const options = { ...queryOptions, ...photo.fields.options, outputs: [outputOfType[type]] };
    const settings = { route: 'parse', class: 'interactive' } as const;
    const { id, answer: data } = await createJob(request, { ...photo, fields: { options } }, settings, deps);
    deps.log.info({ jobId: id }, 'job queued, and waited for');
    const job = { id, data, isUpload: photo.isUpload };
    return await whileKeyIsValid(deps.keyChanges, request.caller, request.raw.signal, (signal) =>
      finishJob(request, { ...job, signal }, deps),
    );
  } finally {
    release();
  }
}

/** Not before the photo is here: a client that does not finish its upload takes no place from those that wait. */
async function beginToWait({ id, caller }: CreateRequest, photo: ReceivedPhoto, deps: ApiDeps): Promise<Release> {
  try {
    return deps.shares.take('waiters', caller);
  } catch (error) {
    if (photo.isUpload) await removeUpload({ jobId: id, key: photo.key }, deps);
    throw error;
  }
}

async function answer(context: Context<ApiEnv>, type: AnswerType, record: JobRecord, deps: ApiDeps): Promise<Response> {
  const { storage, settings } = deps;
  const result = resultOf(record);
  const file = result.files.find(({ output }) => output === outputOfType[type]);
  if (file === undefined) throw new AppError('internal', 'The job did not produce the requested output.');
  context.header('x-job-id', record.id);
  if (type !== 'application/json') {
    const { bytes, body } = await openFile(file.key, context, deps);
    return context.body(body, 200, { 'content-type': type, 'content-length': `${bytes}` });
  }
  const hold = new BodyHold(deps.shares, callerOf(context));
  const release = once(() => hold.release());
  try {
    holdAnswer(hold, record.id, file.bytes);
    const parsed = await readingFile(settings.storageTimeoutMs, (signal) =>
      readParseResult(record.id, result, { key: file.key, storage, signal }),
    );
    return sendJson(context, parsed, release);
  } catch (error) {
    release();
    throw error;
  }
}

/** What reading, rewriting and sending masks takes in memory, relative to their bytes in storage. */
const memoryPerByte = 4;

/** Throws `not_acceptable` for masks that are too large for this answer, and `overloaded`; both name the job. */
function holdAnswer(hold: BodyHold, jobId: string, bytes: number): void {
  const { max } = bounds.parseAnswer;
  if (bytes > max) {
    const sizes = `The masks have ${bytes} bytes, more than the ${max} that this answer may have`;
    throw new JobProblem('not_acceptable', `${sizes}: read the job’s file instead.`, jobId);
  }
  try {
    hold.keep(bytes * memoryPerByte);
  } catch {
    throw new JobProblem('overloaded', 'Too many answers are being sent. The job is done: read its file.', jobId);
  }
}

/** Sent in pieces, so that a slow client does not hold the bytes twice. */
const pieceBytes = 64 * 1024;

function sendJson(context: Context<ApiEnv>, value: object, release: Release): Response {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const headers = { 'content-type': 'application/json', 'content-length': `${bytes.byteLength}` };
  return context.body(sending(piecesOf(bytes), context.req.raw.signal, release), 200, headers);
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
