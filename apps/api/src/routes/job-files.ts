import { AppError, isFinal, jobIdSchema, outputKinds, outputNames, readJobResult } from '@m2fp/contract';
import type { JobRecord, JobResult, OutputName } from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiDeps } from '../deps.ts';
import { callerOf } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, header, problems } from '../http/openapi.ts';
import { addRoute, assertNoQuery, createRoutes, declareRoute, noQuery, readParams } from '../http/routes.ts';
import { findJob } from '../jobs/read-job.ts';
import { openFile } from '../jobs/result-file.ts';

const binary = z.string().meta({ format: 'binary' });
const dataset = z.record(z.string(), z.unknown()).meta({ description: 'A COCO dataset.' });
const outputSchema = z.enum(outputNames).meta({ description: 'Which of the job’s files.', example: 'colormap' });

const params = z.strictObject({ id: jobIdSchema, output: outputSchema });

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
      description: 'The file.',
      headers: { ...commonHeaders, 'Content-Length': header('Bytes.', 'integer') },
      content: Object.fromEntries(
        outputNames.map((name) => {
          const { contentType } = outputKinds[name];
          return [contentType, { schema: contentType === 'application/json' ? dataset : binary }];
        }),
      ),
    },
    ...problems(
      'not_found',
      'expired',
      'conflict',
      'invalid_request',
      'overloaded',
      'queue_unavailable',
      'storage_unavailable',
    ),
  },
});

export function jobFileRoutes(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  addRoute(routes, getFileRoute, async (context) => {
    const { id, output } = readParams(context, params);
    assertNoQuery(context);
    const file = fileOf(await findJob(id, callerOf(context), deps), output);
    const headers = { 'content-type': file.content_type };
    if (context.req.method === 'HEAD') {
      return context.body(null, 200, { ...headers, 'content-length': `${file.bytes}` });
    }
    const { bytes, body } = await openFile(file.key, context, deps);
    return context.body(body, 200, { ...headers, 'content-length': `${bytes}` });
  });
  return routes;
}

function fileOf(record: JobRecord, output: OutputName): JobResult['files'][number] {
  if (!isFinal(record)) throw new AppError('conflict', 'The job has not ended yet.');
  const files = record.state === 'succeeded' ? readJobResult(record).files : [];
  const file = files.find((made) => made.output === output);
  if (file === undefined) throw new AppError('not_found', `The job did not produce ${output}.`);
  return file;
}
