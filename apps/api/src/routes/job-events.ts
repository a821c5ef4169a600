import { AppError, isFinal, jobIdSchema } from '@m2fp/contract';
import { createRoute, z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import type { SSEStreamingApi } from 'hono/streaming';
import type { ApiDeps } from '../deps.ts';
import { assertNoQuery, createRoutes, noQuery, readParams } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { parseOrRefuse } from '../http/errors.ts';
import { commonHeaders, problems } from '../http/openapi.ts';
import { ownerOf } from '../http/owner.ts';
import { findJob } from '../jobs/find-job.ts';
import { eventId, jobEvents } from '../jobs/job-events.ts';
import { Slots } from '../slots.ts';

/** Proxies give up a connection that is silent for a minute; the page waits 45 s. */
const heartbeatMs = 15_000;

const lastEventIdSchema = z
  .string()
  .regex(/^\d{1,12}$/, 'Must be the id of an event of this job')
  .optional()
  .meta({ description: 'The last event that you have; what is not after it is left out.', example: '1020' });

const headersSchema = z.object({ 'last-event-id': lastEventIdSchema });

/** OpenAPI 3.1 has no word for streams: tools that read them hold each event to the schema. */
const jobEventSchema = z
  .object({
    event: z.enum(['state', 'progress', 'done']),
    id: z.string().regex(/^\d+$/).describe('For `Last-Event-ID`; grows with the job.'),
    data: z.string().meta({ description: 'The job as JSON.', contentMediaType: 'application/json' }),
  })
  .meta({
    id: 'JobEvent',
    description: 'One event of the stream.',
    example: {
      event: 'progress',
      id: '1040',
      data: '{"id":"job_9f86d081884c7d659a2feaa0c55ad015","status":"processing","progress":{"percent":40,"stage":"network"}}',
    },
  });

const jobEventsRoute = createRoute({
  method: 'get',
  path: '/v1/jobs/{id}/events',
  operationId: 'streamJobEvents',
  tags: ['Jobs'],
  summary: 'Follow a job as it happens',
  description:
    'Server-sent events. `state`: the status or the place in the queue changed, and how it is at the beginning; ' +
    '`progress`; `done`: the end, after which the stream ends. Each has the whole job as its data and an id that grows ' +
    'with the job. A line that begins with a colon comes every 15 seconds: the connection is alive.',
  request: { params: z.strictObject({ id: jobIdSchema }), query: noQuery, headers: headersSchema },
  responses: {
    200: {
      description: 'The stream.',
      headers: commonHeaders,
      content: { 'text/event-stream': { schema: jobEventSchema } },
    },
    204: { description: 'You have seen the end already: do not connect again.', headers: commonHeaders },
    ...problems('not_found', 'expired', 'invalid_request', 'overloaded', 'queue_unavailable', 'storage_unavailable'),
  },
});

export function jobEventRoutes(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  const slots = new Slots(deps.settings.maxEventStreams);
  routes.openAPIRegistry.registerPath(jobEventsRoute);
  // By hand: the answer is a stream, which typed handlers do not know.
  routes.get(jobEventsRoute.getRoutingPath(), async (context) => {
    const { id } = readParams(context, jobEventsRoute.request.params);
    assertNoQuery(context);
    const lastEventId = parseOrRefuse(lastEventIdSchema, context.req.header('last-event-id'));
    const after = lastEventId === undefined ? undefined : Number(lastEventId);
    const record = await findJob(id, ownerOf(context), deps);
    if (isFinal(record) && after !== undefined && after >= eventId(record)) return context.body(null, 204);
    if (context.req.method === 'HEAD') return context.body(null, 200, { 'content-type': 'text/event-stream' });
    const release = slots.take();
    if (release === undefined) throw new AppError('overloaded', 'Too many event streams are open. Try again later.');
    const log = context.get('log');
    context.header('x-accel-buffering', 'no');
    return streamSSE(context, async (stream) => {
      try {
        await writeEvents(stream, (signal) => jobEvents(id, deps, { after, signal }), deps.stopping);
      } catch (error) {
        // The client connects again, and is told in the ordinary way what is wrong.
        log.warn({ err: error, jobId: id }, 'event stream ended early');
      } finally {
        release();
      }
    });
  });
  return routes;
}

async function writeEvents(
  stream: SSEStreamingApi,
  open: (signal: AbortSignal) => ReturnType<typeof jobEvents>,
  stopping: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  stream.onAbort(() => gone.abort());
  const signal = AbortSignal.any([gone.signal, stopping]);
  let isTaken = true;
  const heartbeat = setInterval(() => {
    // Whoever has not taken the last one by now does not read at all.
    if (!isTaken) return stream.abort();
    isTaken = false;
    void stream.write(': still there\n\n').then(() => (isTaken = true));
  }, heartbeatMs);
  try {
    for await (const event of open(signal)) await stream.writeSSE(event);
  } finally {
    clearInterval(heartbeat);
  }
}
