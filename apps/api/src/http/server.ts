import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RequestError, getRequestListener } from '@hono/node-server';
import { toAppError } from '@m2fp/contract';
import { createProblem, problemHeaders } from './problem.ts';

/** Slow clients: the whole header, the whole request, and a connection between two requests. */
const headersTimeoutMs = 10_000;
const keepAliveTimeoutMs = 65_000;
const checkIntervalMs = 2_000;
/** For a request that is on its way over a new connection. */
const unusedMs = 500;
/** For what still runs after its connection was cut: an upload takes itself out of S3. */
const cleanUpMs = 2_000;

export interface HttpServerSettings {
  /** For a whole request, its upload included. */
  readonly requestTimeoutMs: number;
}

type Fetch = (request: Request, bindings: object) => Response | Promise<Response>;

/** Node's HTTP server around the app, with an end to everything that a client could draw out. */
export class HttpServer {
  readonly #server: Server;
  readonly #running = new Set<Promise<unknown>>();
  readonly #sockets = new Set<Socket>();
  #isStopping = false;

  constructor(fetch: Fetch, { requestTimeoutMs }: HttpServerSettings) {
    const listener = getRequestListener((request, bindings) => this.#track(fetch(request, bindings)), {
      errorHandler: answerOutsideApp,
    });
    this.#server = createServer(
      {
        // Node refuses a limit on the header that is longer than the one on the whole request.
        headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
        requestTimeout: requestTimeoutMs,
        keepAliveTimeout: keepAliveTimeoutMs,
        connectionsCheckingInterval: checkIntervalMs,
      },
      (incoming, outgoing) => {
        // Node would leave the connection open whose last request ends while the server stops.
        outgoing.once('close', () => this.#isStopping && incoming.socket.destroySoon());
        void listener(incoming, outgoing);
      },
    );
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Resolves with the address once it listens; throws where it cannot. */
  async listen(port: number, host: string): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    return this.#server.address() as AddressInfo;
  }

  /** Takes no more, lets what runs finish for `graceMs`, then cuts it off. Resolves when nothing runs any more. */
  async stop(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#isStopping = true;
    this.#server.closeIdleConnections();
    const timers = [
      setTimeout(() => this.#closeUnused(), unusedMs),
      setTimeout(() => this.#server.closeAllConnections(), graceMs),
    ];
    await closed;
    for (const timer of timers) clearTimeout(timer);
    await Promise.race([Promise.allSettled(this.#running), sleep(cleanUpMs, undefined, { ref: false })]);
  }

  /** Browsers and `fetch` open connections before they need them, which Node does not count as idle. */
  #closeUnused(): void {
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  #track(response: Response | Promise<Response>): Promise<Response> {
    const running = Promise.resolve(response).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }
}

/** What goes wrong before the app: a request line or a Host header that makes no URL. */
function answerOutsideApp(error: unknown): Response {
  const instance = crypto.randomUUID();
  const problem =
    error instanceof RequestError
      ? createProblem('malformed_request', 'The request’s path or Host header makes no URL.', instance)
      : createProblem('internal', toAppError(error).message, instance);
  const headers = { ...problemHeaders(problem.code), 'x-request-id': instance };
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}
