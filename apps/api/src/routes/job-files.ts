import { AppError, bounds, isFinal, isPersonal, jobIdSchema, outputKinds, outputNames } from '@m2fp/contract';
import { personalOutputs, readJobResult } from '@m2fp/contract';
import type { JobRecord, JobResult, OutputName } from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { callerOf } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { anyBytes, bytesSchema, commonHeaders, header, problems } from '../http/openapi.ts';
import { addRoute, assertNoQuery, createRoutes, declareRoute, noQuery, readParams } from '../http/routes.ts';
import { findJob } from '../jobs/read-job.ts';
import { openFile } from '../jobs/result-file.ts';

const dataset = z.record(z.string(), z.unknown()).meta({ description: 'A COCO dataset.' });
const outputSchema = z.enum(outputNames).meta({ description: 'Which of the job’s files.', example: 'colormap' });

const params = z.strictObject({ id: jobIdSchema, output: outputSchema });
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

const fileAnswer = {
  description: 'The file.',
  headers: { ...commonHeaders, 'Content-Length': header('Bytes.', 'integer') },
};
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
  operationId: 'getJobFile',
  tags: ['Jobs'],
  summary: 'Get a result file',
  description: 'The same bytes as behind the job’s presigned URLs, for clients that can reach the API but not S3.',
  request: { params, query: noQuery },
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
  request: { params: personParams, query: noQuery },
  responses: {
    200: { ...fileAnswer, content: { ...anyBytes, 'image/png': { schema: bytesSchema } } },
    ...fileProblems,
  },
});

export function jobFileRoutes(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  addRoute(routes, getFileRoute, (context) => sendFile(context, readParams(context, params), deps));
  addRoute(routes, getPersonFileRoute, (context) => sendFile(context, readParams(context, personParams), deps));
  return routes;
}

interface Wanted {
  readonly id: string;
  readonly output: OutputName;
  readonly person?: number;
}

async function sendFile(context: Context<ApiEnv>, wanted: Wanted, deps: ApiDeps): Promise<Response> {
  assertNoQuery(context);
  const file = fileOf(await findJob(wanted.id, callerOf(context), deps), wanted);
  const headers = { 'content-type': file.content_type };
  if (context.req.method === 'HEAD') {
    return context.body(null, 200, { ...headers, 'content-length': `${file.bytes}` });
  }
  const { bytes, body } = await openFile(file.key, context, deps);
  return context.body(body, 200, { ...headers, 'content-length': `${bytes}` });
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
