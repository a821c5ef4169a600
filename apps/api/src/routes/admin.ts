/** Bull Board: the queues in a browser, for keys with the scope `admin`. */
import { AppError, batchQueueName, webhookQueueName } from '@m2fp/contract';
import { openQueue } from '@m2fp/queue/open-queue';
import type { QueueCounts } from '@m2fp/service/metrics';
import type { Queue } from 'bullmq';
import { Hono } from 'hono';
import type { Context } from 'hono';
import type { Redis } from 'ioredis';
import { requireAccess } from '../access/require-access.ts';
import { isFromOtherSite } from '../access/same-machine.ts';
import type { ApiEnv } from '../http/context.ts';
import type { RedisCall } from '@m2fp/service/redis';

const boardPath = '/admin';

/** Its page has inline styles, and requests fonts from other sites, which are not loaded. */
const securityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Loaded on the first request for it, so that an API whose queues nobody watches does not hold it in memory. */
export function adminRoutes(queues: readonly Queue[]): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  let board: Promise<Hono> | undefined;
  const forward = async (context: Context<ApiEnv>): Promise<Response> => {
    assertSameSite(context);
    board ??= createBoard(queues);
    const response = await (await board).fetch(context.req.raw);
    // Of its own not-found page; an unknown queue is told in JSON.
    const isNowhere =
      response.status === 404 && response.headers.get('content-type')?.startsWith('text/plain') === true;
    if (isNowhere) throw new AppError('not_found', 'There is nothing at this path.');
    const answer = new Response(response.body, response);
    answer.headers.set('content-security-policy', securityPolicy);
    return answer;
  };
  routes.all(boardPath, requireAccess('admin'), forward);
  routes.all(`${boardPath}/*`, requireAccess('admin'), forward);
  return routes;
}

/** A browser also sends its password with requests that other sites make it send. Throws `forbidden`. */
function assertSameSite(context: Context<ApiEnv>): void {
  if (context.req.method === 'GET' || context.req.method === 'HEAD') return;
  if (isFromOtherSite(context)) throw new AppError('forbidden', 'This request was sent by another site.');
}

async function createBoard(queues: readonly Queue[]): Promise<Hono> {
  const [{ createBullBoard }, { BullMQAdapter }, { HonoAdapter }, { serveStatic }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/hono'),
    import('@hono/node-server/serve-static'),
  ]);
  const adapter = new HonoAdapter(serveStatic);
  adapter.setBasePath(boardPath);
  createBullBoard({
    // A job that has ended is packed: there is nothing left to run again.
    queues: queues.map((queue) => new BullMQAdapter(queue, { allowRetries: false })),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'm2fp queues' } },
  });
  const app = new Hono();
  app.route(boardPath, adapter.registerPlugin());
  return app;
}

/** All queues of one model, for reading. */
export interface WatchedQueues {
  readonly queues: readonly Queue[];
  /** Throws `QueueUnavailable`. */
  depth(): Promise<QueueCounts[]>;
  close(): Promise<void>;
}

/** @param parseQueue name of the model's queue of jobs. The connection is the caller's and stays open. */
export function watchQueues(connection: Redis, prefix: string, parseQueue: string, call: RedisCall): WatchedQueues {
  const names = [parseQueue, batchQueueName(parseQueue), webhookQueueName];
  const queues = names.map((name) => openQueue(name, { connection, prefix }));
  return {
    queues,
    depth: () =>
      call(() => Promise.all(queues.map(async (queue) => ({ queue: queue.name, counts: await queue.getJobCounts() })))),
    close: async () => {
      await Promise.all(queues.map((queue) => queue.close()));
    },
  };
}
