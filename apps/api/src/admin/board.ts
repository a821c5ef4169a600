/** Bull Board: the queues in a browser. The guard lets in keys with the scope `admin` only. */
import { AppError } from '@m2fp/contract';
import type { Queue } from 'bullmq';
import { Hono } from 'hono';
import type { Context } from 'hono';
import type { ApiEnv } from '../http/context.ts';

export const boardPath = '/admin';

/** Its page brings styles within itself, and asks for fonts from elsewhere, which it does not get. */
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

/** Loaded at the first request for it: an API that nobody watches need not hold it in memory. */
export function boardRoutes(queues: readonly Queue[]): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  let board: Promise<Hono> | undefined;
  const answer = async (context: Context<ApiEnv>): Promise<Response> => {
    assertSameSite(context);
    board ??= createBoard(queues);
    const response = await (await board).fetch(context.req.raw);
    const own = new Response(response.body, response);
    own.headers.set('content-security-policy', securityPolicy);
    return own;
  };
  routes.all(boardPath, answer);
  routes.all(`${boardPath}/*`, answer);
  return routes;
}

/** A browser sends the password it has along with what other sites make it ask for. Throws `forbidden`. */
function assertSameSite(context: Context<ApiEnv>): void {
  if (context.req.method === 'GET' || context.req.method === 'HEAD') return;
  const site = context.req.header('sec-fetch-site') ?? 'none';
  const origin = context.req.header('origin');
  const isSame = origin === undefined || URL.parse(origin)?.host === context.req.header('host');
  if ((site === 'same-origin' || site === 'none') && isSame) return;
  throw new AppError('forbidden', 'This was asked for by another site.');
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
    queues: queues.map((queue) => new BullMQAdapter(queue)),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'm2fp queues' } },
  });
  const app = new Hono();
  app.route(boardPath, adapter.registerPlugin());
  return app;
}
