/** `POST /parse`: a job that the request waits for, and whose result is the answer. */
import { bounds, createJobId, jobFailureCodes, optionFields, optionFromText } from '@m2fp/contract';
import type { JobRecord, OptionField, OutputName } from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { whileKeyIsValid } from '../access/key-changes.ts';
import type { ApiDeps } from '../deps.ts';
import type { ApiEnv } from '../http/context.ts';
import { bytesSchema, commonHeaders, header, problems } from '../http/openapi.ts';
import { InvalidRequest, jsonPointer, parseOrRefuse } from '../http/problem.ts';
import { addRoute, createRoutes, declareRoute } from '../http/routes.ts';
import { idempotencyHeader } from '../idempotency/create-once.ts';
import { createJob } from '../jobs/create-job.ts';
import { readCreateRequest } from '../jobs/create-request.ts';
import type { CreateRequest } from '../jobs/create-request.ts';
import { photoTypes } from '../jobs/job-schemas.ts';
import { receivePhoto } from '../jobs/photo-intake.ts';
import type { AcceptedBodies, ReceivedPhoto } from '../jobs/photo-intake.ts';
import { removeUpload } from '../jobs/photo-upload.ts';
import { chooseModel } from '../models/choose-model.ts';
import { finishJob } from '../sync/finish-job.ts';
import { assertOneFile, chooseOutput } from '../sync/parse-answer.ts';
import {
  parseExample,
  parseFormDocument,
  parseFormFields,
  parseFormSchema,
  parseJsonSchema,
  parseQuerySchema,
  parseResultSchema,
} from '../sync/parse-schemas.ts';
import type { ParseFields } from '../sync/parse-schemas.ts';
import { sendAnswer } from '../sync/send-answer.ts';

const photoDescription =
  'The photo: JPEG, PNG, WebP or AVIF. Its own type (`image/jpeg`, `image/png`, …) is accepted as well.';
const photoBody = { schema: bytesSchema.meta({ description: photoDescription }) };

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
  isCompressed: true,
  operationId: 'parsePhoto',
  tags: ['Parse'],
  summary: 'Parse a photo and wait for the result',
  description:
    'Send the photo as the body itself, in a form (`image`), or by its key. `Accept` selects the answer: the masks ' +
    'as JSON, the colormap as PNG or the overlay as JPEG. `output` selects any other: a file of a job, as it is; ' +
    '`people` needs one `person`. The photo goes through the same queue as every job, ahead of your other photos ' +
    'that no request waits for. If no worker starts it within 15 seconds, or too many requests are already waiting, ' +
    'the answer is 429 and the job is withdrawn. It is also withdrawn when you hang up, unless you sent an ' +
    'Idempotency-Key: then the same request finds the same job. The model, the output and options may be in the ' +
    'query or in the body, which takes precedence.',
  request: {
    query: parseQuerySchema,
    headers: idempotencyHeader.extend(dispositionHeader.shape),
    body: {
      required: true,
      content: {
        // The photo's own type is accepted, too; but generators of clients know bytes by this name only.
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
        'image/png': { schema: bytesSchema },
        'image/jpeg': { schema: bytesSchema },
      },
    },
    ...problems(
      'malformed_request',
      'not_found',
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

/** How `curl -T photo.jpg` sends a photo, and other programs that upload files. */
const putRoute = declareRoute({
  method: 'put',
  path: '/parse',
  access: 'jobs:write',
  isCompressed: true,
  operationId: 'parsePutPhoto',
  tags: ['Parse'],
  summary: 'Parse a photo that is uploaded with PUT',
  description: 'The same as POST with the photo as the body: `curl -T photo.jpg …/parse`.',
  request: {
    query: parseQuerySchema,
    headers: parseRoute.request.headers,
    body: { required: true, content: { 'application/octet-stream': photoBody } },
  },
  responses: parseRoute.responses,
});

const acceptedBodies: AcceptedBodies<ParseFields> = {
  json: parseJsonSchema,
  form: parseFormSchema,
  formFields: parseFormFields,
  textFields: ['model', 'output'],
  acceptsBytes: true,
};

export function parseRoutes(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  // The body is read by its type, and an upload while it arrives, which no validator does.
  const answer = async (context: Context<ApiEnv>): Promise<Response> => {
    const query = readQuery(context);
    const { output, record } = await parseNow(context, query, { ...deps, log: context.get('log') });
    return sendAnswer(context, output, record, deps);
  };
  addRoute(routes, parseRoute, answer);
  addRoute(routes, putRoute, answer);
  return routes;
}

/** A query has only text. Lists are separated by commas, or their parameter is repeated, as OpenAPI's clients do. */
function readQuery(context: Context<ApiEnv>): z.infer<typeof parseQuerySchema> {
  const values = Object.entries(context.req.queries()).map(([name, texts]) => {
    const field = optionFields.find((option) => option.name === name);
    if (texts.length > 1 && !isList(field))
      throw new InvalidRequest([{ pointer: jsonPointer([name]), message: 'Given more than once' }]);
    const text = texts.join(',');
    return [name, field === undefined ? text : optionFromText(field, text)];
  });
  return parseOrRefuse(parseQuerySchema, Object.fromEntries(values));
}

function isList(field: OptionField | undefined): boolean {
  return field !== undefined && ['list', 'texts', 'numbers'].includes(field.kind);
}

async function parseNow(
  context: Context<ApiEnv>,
  { model: queryModel, output: queryOutput, ...queryOptions }: z.infer<typeof parseQuerySchema>,
  deps: ApiDeps,
): Promise<{ output: OutputName; record: JobRecord }> {
  const accept = context.req.header('accept');
  // What can be refused before the photo is sent.
  chooseOutput(accept, queryOutput);
  const request = readCreateRequest(context, createJobId());
  deps.shares.assertRoom('waiters', request.caller);
  // An unknown one is refused before the photo is sent.
  const model = queryModel && (await chooseModel(queryModel, deps.models));
  const photo = await receivePhoto(request, { ...acceptedBodies, model }, deps);
  const { options: bodyOptions, output: bodyOutput } = photo.fields;
  const { output, options, release } = await orRemoved(request, photo, deps, () => {
    const output = chooseOutput(accept, bodyOutput ?? queryOutput);
    const options = { ...queryOptions, ...bodyOptions, outputs: [output] };
    assertOneFile(output, options);
    // Not before the photo is here: a client that does not finish its upload takes no place from those that wait.
    return { output, options, release: deps.shares.take('waiters', request.caller) };
  });
  try {
    const settings = { route: 'parse', class: 'interactive' } as const;
    const fields = { options, model: photo.fields.model ?? model };
    const { id, answer } = await createJob(request, { ...photo, fields }, settings, deps);
    deps.log.info({ jobId: id, model: answer.model }, 'job queued, and waited for');
    const job = { id, data: answer.data, isUpload: photo.isUpload };
    const record = await whileKeyIsValid(deps.keyChanges, request.caller, request.raw.signal, (signal) =>
      finishJob(request, { ...job, signal }, deps),
    );
    return { output, record };
  } finally {
    release();
  }
}

/** Nobody needs an upload anymore if `work` throws. */
async function orRemoved<T>(
  { id }: CreateRequest,
  photo: ReceivedPhoto<ParseFields>,
  deps: ApiDeps,
  work: () => T,
): Promise<T> {
  try {
    return work();
  } catch (error) {
    if (photo.isUpload) await removeUpload({ jobId: id, key: photo.key }, deps);
    throw error;
  }
}
