/** `GET /v1/jobs/{id}/events`: what happens to a job, as server-sent events. */
import { isFinal, jobIdSchema, watchedTtlS } from '@m2fp/contract';
import type { JobRecord } from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import type { SSEStreamingApi } from 'hono/streaming';
import type { ApiDeps } from '../deps.ts';
import { callerOf } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, problems } from '../http/openapi.ts';
import { parseOrRefuse } from '../http/problem.ts';
import { addRoute, assertNoQuery, createRoutes, declareRoute, noQuery, readParams } from '../http/routes.ts';
import { followJob } from '../jobs/follow-job.ts';
import { findJob, viewJob } from '../jobs/read-job.ts';

const lastEventIdSchema = z
  .string()
  .regex(/^\d{1,12}$/, 'Must be the id of an event of this job')
  .optional()
  .meta({ description: 'The last event that you have; only later events are sent.', example: '1020' });

const params = z.strictObject({ id: jobIdSchema });
const headersSchema = z.object({ 'last-event-id': lastEventIdSchema });

/** OpenAPI 3.1 cannot describe streams: tools that read them check each event against the schema. */
const jobEventSchema = z
  .object({
    event: z.enum(['state', 'progress', 'done']).describe('What changed; `done` is the last.'),
    id: z.string().regex(/^\d+$/).describe('For `Last-Event-ID`; grows as the job proceeds.'),
    data: z.string().meta({ description: 'The job as JSON.', contentMediaType: 'application/json' }),
  })
  .meta({
    id: 'JobEvent',
    description: 'One event of the stream.',
    example: {
      event: 'progress',
      id: '1040',
      data:
        '{"id":"job_9f86d081884c7d659a2feaa0c55ad015","status":"processing",' +
        '"progress":{"percent":40,"stage":"network"}}',
    },
  });

const jobEventsRoute = declareRoute({
  method: 'get',
  path: '/v1/jobs/{id}/events',
  access: 'jobs:read',
  operationId: 'streamJobEvents',
  tags: ['Jobs'],
  summary: 'Follow a job live',
  description:
    'Server-sent events. `state`: the status or the place in the queue changed; also sent at the beginning. ' +
    '`progress`. `done`: the job has ended, after which the stream ends. Each event has the whole job as its data ' +
    'and an id that grows as the job proceeds. A line that begins with a colon is sent every 15 seconds to show that ' +
    'the connection is alive.',
  request: { params, query: noQuery, headers: headersSchema },
  responses: {
    200: {
      description: 'The stream.',
      headers: commonHeaders,
      content: { 'text/event-stream': { schema: jobEventSchema } },
    },
    204: { description: 'You have already seen the end: do not reconnect.', headers: commonHeaders },
    ...problems('not_found', 'expired', 'invalid_request', 'overloaded', 'queue_unavailable', 'storage_unavailable'),
  },
});

export function jobEventRoutes(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  addRoute(routes, jobEventsRoute, async (context) => {
    const { id } = readParams(context, params);
    assertNoQuery(context);
    const lastEventId = parseOrRefuse(lastEventIdSchema, context.req.header('last-event-id'));
    const after = lastEventId === undefined ? undefined : Number(lastEventId);
    const record = await findJob(id, callerOf(context), deps);
    if (isFinal(record) && after !== undefined && after >= eventId(record)) return context.body(null, 204);
    if (context.req.method === 'HEAD') return context.body(null, 200, { 'content-type': 'text/event-stream' });
    const release = deps.shares.take('streams', callerOf(context));
    const key = deps.keyChanges.watch(callerOf(context).keyId);
    const log = context.get('log');
    context.header('x-accel-buffering', 'no');
    return streamSSE(context, async (stream) => {
      try {
        await writeEvents(stream, (signal) => jobEvents(id, deps, { after, signal }), [deps.stopping, key.signal]);
      } catch (error) {
        // The client reconnects and then gets the problem as a regular answer.
        log.warn({ err: error, jobId: id }, 'event stream ended early');
      } finally {
        key.end();
        release();
      }
    });
  });
  return routes;
}

/** Proxies drop a connection that is silent for a minute; the page waits 45 s. */
const heartbeatMs = 15_000;

async function writeEvents(
  stream: SSEStreamingApi,
  open: (signal: AbortSignal) => ReturnType<typeof jobEvents>,
  ends: readonly AbortSignal[],
): Promise<void> {
  const gone = new AbortController();
  stream.onAbort(() => gone.abort());
  const signal = AbortSignal.any([gone.signal, ...ends]);
  let isRead = true;
  const heartbeat = setInterval(() => {
    // A client that has not read the last one by now does not read at all.
    if (!isRead) return stream.abort();
    isRead = false;
    void stream.write(': still there\n\n').then(() => (isRead = true));
  }, heartbeatMs);
  try {
    for await (const event of open(signal)) await stream.writeSSE(event);
  } finally {
    clearInterval(heartbeat);
  }
}

interface JobEvent {
  readonly id: string;
  readonly event: 'state' | 'progress' | 'done';
  /** The job as `GET /v1/jobs/{id}` shows it, as JSON. */
  readonly data: string;
}

interface EventSettings {
  /** Id of the last event that the client has; only later events are sent. */
  readonly after: number | undefined;
  readonly signal: AbortSignal;
}

const pollMs = 2_000;
/** Often enough that one that is late, or lost, makes no difference. */
const watchEveryMs = (watchedTtlS * 1_000) / 3;

/** What happens to a job, from its current state to its end. The stream also ends if the job is gone. */
async function* jobEvents(id: string, deps: ApiDeps, settings: EventSettings): AsyncGenerator<JobEvent, void> {
  const { after, signal } = settings;
  let last: Moment | undefined;
  let lastState: JobRecord['state'] | undefined;
  let watchedAtMs: number | undefined;
  for await (const record of followJob(id, deps, { pollMs, signal })) {
    if (record === undefined) return;
    if (!isFinal(record) && performance.now() - (watchedAtMs ?? Number.NEGATIVE_INFINITY) > watchEveryMs) {
      const isRunning = watchedAtMs === undefined && record.state === 'processing';
      watchedAtMs = performance.now();
      // Without it, the job's steps come more slowly.
      deps.queue.watch(id, { isRunning }).catch(() => undefined);
    }
    const place = record.state === 'queued' ? await deps.queue.place(record) : undefined;
    const now = { id: eventId(record), position: place?.position };
    if (!isNews(now, last, after)) continue;
    const data = JSON.stringify(await viewJob(record, deps, place));
    yield { id: String(now.id), event: kindOf(record, lastState), data };
    last = now;
    lastState = record.state;
  }
}

/** Each attempt has a thousand ids: up to 100 for its progress, 500 once it waits for the next, 999 for the end. */
const idsPerAttempt = 1_000;

/**
 * A number that grows as the job proceeds and depends on the job alone: the same state has the same number in every
 * process, also after a restart.
 */
function eventId(record: JobRecord): number {
  const base = record.attempts * idsPerAttempt;
  if (isFinal(record)) return base + 999;
  return record.state === 'queued' ? base + 500 : base + percentOf(record.progress);
}

function percentOf(progress: unknown): number {
  const value = (progress as { percent?: unknown } | null | undefined)?.percent;
  return typeof value === 'number' ? Math.min(100, Math.max(0, Math.floor(value))) : 0;
}

interface Moment {
  readonly id: number;
  readonly position: number | undefined;
}

/** A waiting job moves up in the queue without a new id. */
function isNews(now: Moment, last: Moment | undefined, after: number | undefined): boolean {
  if (last === undefined) return after === undefined || now.id > after;
  // Right after its start, an attempt may be seen with the progress of the one before.
  const startsAgain = last.id - now.id <= 100 && last.id % idsPerAttempt <= 100 && now.id >= 2 * idsPerAttempt;
  return now.id > last.id || (now.id < last.id ? startsAgain : now.position !== last.position);
}

function kindOf(record: JobRecord, lastState: JobRecord['state'] | undefined): JobEvent['event'] {
  if (isFinal(record)) return 'done';
  return record.state === lastState && record.state !== 'queued' ? 'progress' : 'state';
}
