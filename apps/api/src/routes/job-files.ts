import { AppError, bounds, isFinal, isPersonal, jobIdSchema, nameOfInput, outputKinds } from '@m2fp/contract';
import { isKeyOfUrl, outputNames, personalOutputs, readJobData, readJobResult } from '@m2fp/contract';
import type { JobRecord, JobResult, OutputName } from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { callerOf } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { anyBytes, bytesSchema, commonHeaders, header, problems } from '../http/openapi.ts';
import { addRoute, assertNoQuery, createRoutes, declareRoute, noQuery, readParams } from '../http/routes.ts';
import { photoTypes } from '../jobs/job-schemas.ts';
import { findJob } from '../jobs/read-job.ts';
import { savedAs, sendFile, sendPhoto } from '../jobs/send-file.ts';

const dataset = z.record(z.string(), z.unknown()).meta({
  description: 'A COCO dataset.',
  example: { info: {}, images: [], categories: [], annotations: [] },
});
const outputSchema = z.enum(outputNames).meta({ description: 'Which of the job’s files.', example: 'colormap' });

const jobParams = z.strictObject({ id: jobIdSchema });
const params = jobParams.extend({ output: outputSchema });
const personParams = z.strictObject({
  id: jobIdSchema,
  output: z.enum(personalOutputs).meta({ description: 'An output with one file for each person.', example: 'people' }),
  person: z.coerce
    .number()
    .int()
    .min(1)
    .max(bounds.people.max)
    .meta({ description: 'The person’s id, as in `instances.png` and `masks.json`.', example: 1 }),
});

const sameHeaders = {
  ...commonHeaders,
  ETag: header('Changes with the file: send it as `If-None-Match` to get 304 if it is the same. Not from every S3.'),
  'Cache-Control': header('`private`: for whoever asked, not for proxies that others use.'),
  'Content-Disposition': header('What to save it as, after the photo’s own name.'),
};
const fileAnswer = {
  description: 'The file.',
  headers: { ...sameHeaders, 'Content-Length': header('Bytes.', 'integer') },
};
const sameAnswer = { description: 'It is the one that the client has.', headers: sameHeaders };
const tagHeader = z.object({
  'if-none-match': z.string().max(bounds.headers.max).optional().meta({
    description: 'The `ETag` of what the client has already.',
    example: '"9f86d081884c7d659a2feaa0c55ad015"',
  }),
});
const fileProblems = problems(
  'not_found',
  'expired',
  'conflict',
  'invalid_request',
  'overloaded',
  'queue_unavailable',
  'storage_unavailable',
);

const getFileRoute = declareRoute({
  method: 'get',
  path: '/v1/jobs/{id}/files/{output}',
  access: 'jobs:read',
  isCompressed: true,
  operationId: 'getJobFile',
  tags: ['Jobs'],
  summary: 'Get a result file',
  description: 'The same bytes as behind the job’s presigned URLs, for clients that can reach the API but not S3.',
  request: { params, query: noQuery, headers: tagHeader },
  responses: {
    200: {
      ...fileAnswer,
      content: {
        ...anyBytes,
        ...Object.fromEntries(
          outputNames.map((name) => {
            const { contentType } = outputKinds[name];
            return [contentType, { schema: contentType === 'application/json' ? dataset : bytesSchema }];
          }),
        ),
      },
    },
    304: sameAnswer,
    ...fileProblems,
  },
});

const getPersonFileRoute = declareRoute({
  method: 'get',
  path: '/v1/jobs/{id}/files/{output}/{person}',
  access: 'jobs:read',
  operationId: 'getJobPersonFile',
  tags: ['Jobs'],
  summary: 'Get a result file of one person',
  description: 'Of an output that has one file for each person.',
  request: { params: personParams, query: noQuery, headers: tagHeader },
  responses: {
    200: { ...fileAnswer, content: { ...anyBytes, 'image/png': { schema: bytesSchema } } },
    304: sameAnswer,
    ...fileProblems,
  },
});

const getPhotoRoute = declareRoute({
  method: 'get',
  path: '/v1/jobs/{id}/photo',
  access: 'jobs:read',
  operationId: 'getJobPhoto',
  tags: ['Jobs'],
  summary: 'Get the photo of a job',
  description:
    'As it is in the bucket: the one that was sent with the job, or the one at its key. 404 once it has been removed ' +
    'from there, which does not need to be when the job is.',
  request: { params: jobParams, query: noQuery, headers: tagHeader },
  responses: {
    200: {
      ...fileAnswer,
      description: 'The photo.',
      content: { ...anyBytes, ...Object.fromEntries(photoTypes.map((type) => [type, { schema: bytesSchema }])) },
    },
    304: sameAnswer,
    ...problems(
      'not_found',
      'expired',
      'image_too_large',
      'unsupported_format',
      'image_unreadable',
      'invalid_request',
      'overloaded',
      'queue_unavailable',
      'storage_unavailable',
    ),
  },
});

export function jobFileRoutes(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  addRoute(routes, getFileRoute, (context) => sendOutput(context, readParams(context, params), deps));
  addRoute(routes, getPersonFileRoute, (context) => sendOutput(context, readParams(context, personParams), deps));
  addRoute(routes, getPhotoRoute, (context) => sendInput(context, readParams(context, jobParams).id, deps));
  return routes;
}

interface Wanted {
  readonly id: string;
  readonly output: OutputName;
  readonly person?: number;
}

async function sendOutput(context: Context<ApiEnv>, wanted: Wanted, deps: ApiDeps): Promise<Response> {
  assertNoQuery(context);
  const record = await findJob(wanted.id, callerOf(context), deps);
  const file = fileOf(record, wanted);
  const name = savedAs(file, readJobData(record));
  return sendFile(context, { key: file.key, contentType: file.content_type, name }, deps);
}

async function sendInput(context: Context<ApiEnv>, id: string, deps: ApiDeps): Promise<Response> {
  assertNoQuery(context);
  const { input } = readJobData(await findJob(id, callerOf(context), deps));
  if (isKeyOfUrl(input.key)) throw new AppError('not_found', 'The photo came from a URL, and is not kept.');
  return sendPhoto(context, { key: input.key, name: nameOfInput(input) ?? 'photo' }, deps);
}

function fileOf(record: JobRecord, { output, person }: Wanted): JobResult['files'][number] {
  if (!isFinal(record)) throw new AppError('conflict', 'The job has not ended yet.');
  if (isPersonal(output) && person === undefined) {
    throw new AppError('not_found', `There is a file for each person, such as files/${output}/1.`);
  }
  const files = record.state === 'succeeded' ? readJobResult(record).files : [];
  const file = files.find((made) => made.output === output && made.person === person);
  if (file !== undefined) return file;
  const whose = person === undefined ? '' : ` of person ${person}`;
  throw new AppError('not_found', `The job did not produce ${output}${whose}.`);
}
