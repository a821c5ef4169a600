import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RequestError, getRequestListener } from '@hono/node-server';
import { bounds, toAppError } from '@m2fp/contract';
import { CoarseIncoming } from './incoming.ts';
import { createProblem, problemHeaders } from './problem.ts';
import { TransferRates } from './transfer-rates.ts';

const checkIntervalMs = 2_000;
const rateIntervalMs = 1_000;
/** For a request that is on its way on a new connection. */
const unusedMs = 500;
/** For work that continues after its connection was cut: an upload removes itself from S3. */
const cleanUpMs = 2_000;

export interface HttpServerSettings {
  /** For a whole request, including its upload. */
  readonly requestTimeoutMs: number;
}

type Fetch = (request: Request, bindings: object) => Response | Promise<Response>;

/** Node's HTTP server around the app, with a limit on everything that a client could drag out. */
export class HttpServer {
  readonly #server: Server;
  readonly #running = new Set<Promise<unknown>>();
  readonly #rates = new TransferRates();
  readonly #checking: NodeJS.Timeout;
  /** Requests of a connection that have no whole answer yet. */
  readonly #unanswered = new WeakMap<Socket, number>();
  #isStopping = false;

  constructor(fetch: Fetch, { requestTimeoutMs }: HttpServerSettings) {
    const listener = getRequestListener((request, bindings) => this.#track(fetch(request, bindings)), {
      errorHandler: answerOutsideApp,
    });
    this.#server = createServer(
      {
        // Node rejects a header timeout that is longer than the one for the whole request.
        headersTimeout: Math.min(bounds.headersTime.max * 1_000, requestTimeoutMs),
        requestTimeout: requestTimeoutMs,
        keepAliveTimeout: bounds.idleTime.max * 1_000,
        maxHeaderSize: bounds.headers.max,
        connectionsCheckingInterval: checkIntervalMs,
        IncomingMessage: CoarseIncoming,
      },
      (incoming, outgoing) => {
        if (!this.#mayAnswer(incoming.socket, outgoing)) return;
        this.#rates.begin(incoming, outgoing);
        // Node would keep a connection open whose last request ends while the server stops.
        outgoing.once('close', () => this.#isStopping && incoming.socket.destroySoon());
        void listener(incoming, outgoing);
      },
    );
    // How many of them one address may have is for the proxy in front to decide: behind it, all have its address.
    this.#server.maxConnections = bounds.connections.max;
    this.#server.on('connection', (socket) => this.#rates.watch(socket));
    this.#checking = setInterval(() => this.#rates.check(performance.now()), rateIntervalMs).unref();
  }

  /** Resolves with the address once it listens; throws if it cannot. */
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

  /**
   * Accepts nothing new, gives running requests `graceMs` to finish, then cuts them off. Resolves when none is left.
   */
  async stop(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#isStopping = true;
    this.#server.closeIdleConnections();
    const timers = [
      setTimeout(() => this.#closeUnused(), unusedMs),
      setTimeout(() => this.#server.closeAllConnections(), graceMs),
    ];
    await closed;
    clearInterval(this.#checking);
    for (const timer of timers) clearTimeout(timer);
    await Promise.race([Promise.allSettled(this.#running), sleep(cleanUpMs, undefined, { ref: false })]);
  }

  /** Browsers and `fetch` open connections before they need them, which Node does not count as idle. */
  #closeUnused(): void {
    for (const socket of this.#rates.sockets()) if (socket.bytesRead === 0) socket.destroy();
  }

  /**
   * False for one request too many that does not wait for the answer to the one before it: the connection is cut. Node
   * begins all requests that arrive together, hundreds in one packet, and holds their answers for whoever does not
   * read them. Browsers and ordinary clients send none ahead.
   */
  #mayAnswer(socket: Socket, outgoing: ServerResponse): boolean {
    const unanswered = (this.#unanswered.get(socket) ?? 0) + 1;
    this.#unanswered.set(socket, unanswered);
    if (unanswered > bounds.requestsAhead.max) {
      socket.destroy();
      return false;
    }
    outgoing.once('close', () => this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 1) - 1));
    return true;
  }

  #track(response: Response | Promise<Response>): Promise<Response> {
    const running = Promise.resolve(response).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }
}

/** For errors before the app: a request line or a Host header that does not form a URL. */
function answerOutsideApp(error: unknown): Response {
  const instance = crypto.randomUUID();
  const problem =
    error instanceof RequestError
      ? createProblem('malformed_request', 'The request’s path and Host header do not form a URL.', instance)
      : createProblem('internal', toAppError(error).message, instance);
  const headers = { ...problemHeaders(problem.code), 'x-request-id': instance };
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}
