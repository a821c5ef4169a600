import { AppError, isFinal, jobIdSchema, outputKinds, outputNames, readJobResult } from '@m2fp/contract';
import type { JobRecord, JobResult, OutputName } from '@m2fp/contract';
import { createRoute, z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiDeps } from '../deps.ts';
import { assertNoQuery, createRoutes, noQuery, readParams } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, header, problems } from '../http/openapi.ts';
import { ownerOf } from '../http/owner.ts';
import { findJob } from '../jobs/find-job.ts';
import { openFile } from '../jobs/open-file.ts';

const binary = z.string().meta({ format: 'binary' });
const dataset = z.record(z.string(), z.unknown()).meta({ description: 'A COCO dataset.' });
const outputSchema = z.enum(outputNames).meta({ description: 'Which of the job’s files.', example: 'colormap' });

const getFileRoute = createRoute({
  method: 'get',
  path: '/v1/jobs/{id}/files/{output}',
  operationId: 'getJobFile',
  tags: ['Jobs'],
  summary: 'Fetch a result',
  description: 'The same bytes as behind the job’s presigned URLs, for clients that reach the API and not S3.',
  request: { params: z.strictObject({ id: jobIdSchema, output: outputSchema }), query: noQuery },
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
    ...problems('not_found', 'expired', 'conflict', 'invalid_request', 'queue_unavailable', 'storage_unavailable'),
  },
});

export function jobFileRoutes(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  routes.openAPIRegistry.registerPath(getFileRoute);
  // By hand: the answer is a stream, which typed handlers do not know.
  routes.get(getFileRoute.getRoutingPath(), async (context) => {
    const { id, output } = readParams(context, getFileRoute.request.params);
    assertNoQuery(context);
    const file = fileOf(await findJob(id, ownerOf(context), deps), output);
    const headers = { 'content-type': file.content_type };
    if (context.req.method === 'HEAD')
      return context.body(null, 200, { ...headers, 'content-length': `${file.bytes}` });
    const { bytes, body } = await openFile(file.key, deps, context.req.raw.signal);
    return context.body(ReadableStream.from(body), 200, { ...headers, 'content-length': `${bytes}` });
  });
  return routes;
}

function fileOf(record: JobRecord, output: OutputName): JobResult['files'][number] {
  if (!isFinal(record)) throw new AppError('conflict', 'The job is not done yet.');
  const files = record.state === 'succeeded' ? readJobResult(record).files : [];
  const file = files.find((made) => made.output === output);
  if (file === undefined) throw new AppError('not_found', `The job has made no ${output}.`);
  return file;
}
