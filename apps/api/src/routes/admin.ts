/** Bull Board: the queues in a browser, for keys with the scope `admin`. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { AppError, batchQueueName, queueName, webhookQueueName } from '@m2fp/contract';
import { PerModel } from '@m2fp/queue/models';
import { openQueue } from '@m2fp/queue/open-queue';
import type { QueueCounts } from '@m2fp/service/metrics';
import type { Queue } from 'bullmq';
import { Hono } from 'hono';
import type { Context } from 'hono';
import type { Redis } from 'ioredis';
import { requireAccess } from '../access/require-access.ts';
import { isFromOtherSite } from '../access/same-machine.ts';
import type { ApiEnv } from '../http/context.ts';
import type { Models } from '../models/choose-model.ts';
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
export function adminRoutes(queues: () => readonly Queue[], basePath: string): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  let board: Promise<Board> | undefined;
  const forward = async (context: Context<ApiEnv>): Promise<Response> => {
    assertSameSite(context);
    board ??= createBoard(`${basePath}${boardPath}`);
    const { app, show } = await board;
    show(queues());
    const url = new URL(context.req.url);
    // A proxy may have taken the base path away.
    url.pathname = `${basePath}${context.req.path}`;
    const response = await app.fetch(new Request(url, context.req.raw));
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

interface Board {
  readonly app: Hono;
  /** Shows these queues from now on. */
  readonly show: (queues: readonly Queue[]) => void;
}

/** The board itself would look for them with a `require` that a bundle does not have. */
function boardFiles(): string {
  const { resolve } = createRequire(import.meta.url);
  return dirname(createRequire(resolve('@bull-board/api')).resolve('@bull-board/ui/package.json'));
}

/** @param path where clients see it */
async function createBoard(path: string): Promise<Board> {
  const [{ createBullBoard }, { BullMQAdapter }, { HonoAdapter }, { serveStatic }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/hono'),
    import('@hono/node-server/serve-static'),
  ]);
  const adapter = new HonoAdapter(serveStatic);
  adapter.setBasePath(path);
  const { addQueue } = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    options: { uiBasePath: boardFiles(), uiConfig: { boardTitle: 'm2fp queues' } },
  });
  const app = new Hono();
  app.route(path, adapter.registerPlugin());
  const shown = new Set<Queue>();
  const show = (queues: readonly Queue[]): void => {
    for (const queue of queues) {
      // A job that has ended is packed: there is nothing left to run again.
      if (!shown.has(queue)) addQueue(new BullMQAdapter(queue, { allowRetries: false }));
      shown.add(queue);
    }
  };
  return { app, show };
}

/** All queues of all models, for reading. */
export interface WatchedQueues {
  readonly queues: () => readonly Queue[];
  /** Throws `QueueUnavailable`. */
  depth(): Promise<QueueCounts[]>;
  close(): Promise<void>;
}

/** The connection is the caller's and stays open. */
export function watchQueues(
  connection: Redis,
  prefix: string,
  models: Pick<Models, 'names'>,
  call: RedisCall,
): WatchedQueues {
  const open = (name: string): Queue => openQueue(name, { connection, prefix });
  const webhooks = open(webhookQueueName);
  const lines = new PerModel((model) => [open(queueName(model)), open(batchQueueName(queueName(model)))] as const);
  const queues = (): Queue[] => [...models.names().flatMap((model) => lines.of(model)), webhooks];
  const count = async (queue: Queue): Promise<QueueCounts> => {
    return { queue: queue.name, counts: await queue.getJobCounts() };
  };
  return {
    queues,
    depth: () => call(() => Promise.all(queues().map(count))),
    close: async () => {
      await Promise.all([...lines.made().flat(), webhooks].map((queue) => queue.close()));
    },
  };
}
