import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the health port tells. Each answer is for machines, and never cached: JSON, but for the metrics. */
export interface HealthSources {
  /** False: start this worker again. */
  isAlive(): boolean;
  /** What is missing before jobs get done, by name; empty = ready. */
  whatIsMissing(): Promise<string[]>;
  stats(): Promise<object>;
  /** In Prometheus's text format. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  resetStats(): void;
}

export interface HealthServer {
  readonly url: string;
  close(): Promise<void>;
}

/** `GET /healthz`, `GET /readyz`, `GET /metrics`, `GET /stats`, `POST /stats/reset`. Port 0 takes a free one. */
export async function startHealthServer(
  address: { host: string; port: number },
  sources: HealthSources,
): Promise<HealthServer> {
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
  readonly text?: { readonly contentType: string; readonly text: string };
}

async function answer({ method, url = '/' }: IncomingMessage, sources: HealthSources): Promise<Answer> {
  const path = url.split('?', 1)[0];
  switch (`${method === 'HEAD' ? 'GET' : method} ${path}`) {
    case 'GET /healthz':
      return sources.isAlive() ? { status: 200, body: { status: 'ok' } } : { status: 503, body: { status: 'stuck' } };
    case 'GET /readyz': {
      const missing = await sources.whatIsMissing();
      if (missing.length === 0) return { status: 200, body: { status: 'ok' } };
      return { status: 503, body: { status: 'unavailable', missing } };
    }
    case 'GET /metrics':
      return { status: 200, text: await sources.metrics() };
    case 'GET /stats':
      return { status: 200, body: await sources.stats() };
    case 'POST /stats/reset':
      sources.resetStats();
      return { status: 204 };
    default:
      return { status: 404, body: { status: 'not found' } };
  }
}

function send(response: ServerResponse, { status, body, text }: Answer): void {
  const contentType = text?.contentType ?? 'application/json';
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
  response.end(text?.text ?? (body && JSON.stringify(body)));
}
