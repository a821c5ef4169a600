/** What a process reports about itself to whatever monitors it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MetricsText } from './metrics/registry.ts';

/** What a process without its own HTTP interface reports about itself. */
export interface ProbeSources {
  /** Default: it is alive as long as it answers. */
  readonly health?: () => Health;
  /** What it needs and does not have; nothing = ready. */
  readonly whatIsMissing: () => Promise<Missing>;
  readonly metrics: () => Promise<MetricsText>;
  /** Figures as JSON, if there are any. */
  readonly stats?: { read(): Promise<object>; reset(): void };
}

export interface Health {
  /** It should be restarted. */
  readonly isStuck: boolean;
  /** What it is doing, in a few words, for people. */
  readonly state?: string;
  /** Figures that go with it. */
  readonly [figure: string]: string | number | boolean | null | undefined;
}

export interface ProbeServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * `GET /healthz`, `GET /readyz`, `GET /metrics`; with `stats` also `GET /stats` and `POST /stats/reset`. Answers are
 * JSON, except for the metrics, and are never cached. Port 0 picks a free one. Throws if the port is taken.
 */
export async function startProbeServer(
  address: { readonly host: string; readonly port: number },
  given: ProbeSources,
): Promise<ProbeServer> {
  const sources = { ...given, whatIsMissing: cachedBriefly(given.whatIsMissing) };
  const server = createServer((request, response) => {
    const answered = answer(request, sources).catch((): Answer => ({ status: 500, body: { status: 'error' } }));
    void answered.then((given) => send(response, given));
  });
  server.listen(address.port, address.host);
  await once(server, 'listening');
  const { address: host, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${host}]` : host}:${port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body?: object;
  readonly metrics?: MetricsText;
}

const notFound: Answer = { status: 404, body: { status: 'not found' } };

async function answer({ method, url = '/' }: IncomingMessage, sources: ProbeSources): Promise<Answer> {
  const path = url.split('?', 1)[0];
  switch (`${method === 'HEAD' ? 'GET' : method} ${path}`) {
    case 'GET /healthz':
      const { isStuck, ...more } = sources.health?.() ?? { isStuck: false };
      return { status: isStuck ? 503 : 200, body: { status: isStuck ? 'stuck' : 'ok', ...more } };
    case 'GET /readyz': {
      const missing = await sources.whatIsMissing();
      if (missing.missing.length === 0) return { status: 200, body: { status: 'ok' } };
      return { status: 503, body: { status: 'unavailable', ...missing } };
    }
    case 'GET /metrics':
      return { status: 200, metrics: await sources.metrics() };
    case 'GET /stats':
      return sources.stats ? { status: 200, body: await sources.stats.read() } : notFound;
    case 'POST /stats/reset':
      sources.stats?.reset();
      return sources.stats ? { status: 204 } : notFound;
    default:
      return notFound;
  }
}

function send(response: ServerResponse, { status, body, metrics }: Answer): void {
  const contentType = metrics?.contentType ?? 'application/json';
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
  response.end(metrics?.text ?? (body && JSON.stringify(body)));
}

const cachedMs = 1_000;

/**
 * Work whose answer counts for a second, and that never runs twice at once: however often anyone asks, what the check
 * needs of Redis and S3 stays the same.
 */
export function cachedBriefly<T>(work: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    if (answer !== undefined) return answer;
    answer = work();
    const forget = (): void => {
      setTimeout(() => (answer = undefined), cachedMs).unref();
    };
    answer.then(forget, forget);
    return answer;
  };
}

/**
 * Checks something that a process needs. It is missing if this resolves to `false` or rejects; the error's `reason`, a
 * word of a closed list, may say why.
 */
type Check = (signal: AbortSignal) => Promise<unknown>;

export interface Missing {
  /** Names of the checks that failed. */
  readonly missing: readonly string[];
  /** Why, by the names of those that said so: never the text of an error. */
  readonly reasons: Readonly<Record<string, string>>;
}

interface Outcome {
  readonly isThere: boolean;
  readonly reason?: string | undefined;
}

/** The checks that fail, or do not answer within `timeoutMs` whether or not they heed their signal. */
export async function whatIsMissing(checks: Readonly<Record<string, Check>>, timeoutMs: number): Promise<Missing> {
  const late = new AbortController();
  const { promise: isLate, resolve } = Promise.withResolvers<Outcome>();
  const timer = setTimeout(() => {
    resolve({ isThere: false, reason: 'timeout' });
    late.abort();
  }, timeoutMs);
  const ask = async ([name, check]: [string, Check]) => {
    const answered = (async () => check(late.signal))().then(
      (answer): Outcome => ({ isThere: answer !== false }),
      (error: unknown): Outcome => ({ isThere: false, reason: reasonOf(error) }),
    );
    return { name, ...(await Promise.race([answered, isLate])) };
  };
  const outcomes = await Promise.all(Object.entries(checks).map(ask));
  clearTimeout(timer);
  const failed = outcomes.filter(({ isThere }) => !isThere);
  return {
    missing: failed.map(({ name }) => name),
    reasons: Object.fromEntries(failed.flatMap(({ name, reason }) => (reason === undefined ? [] : [[name, reason]]))),
  };
}

/** One word, whatever its source. */
const plainReason = /^[A-Za-z_-]{1,40}$/;

function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('reason' in error) || typeof error.reason !== 'string') return undefined;
  return plainReason.test(error.reason) ? error.reason : undefined;
}
