import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** In Prometheus's text format. */
export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

export interface HealthServer {
  readonly url: string;
  close(): Promise<void>;
}

/** `GET /healthz`: the process runs. `GET /readyz`: what it needs answers. `GET /metrics`: for Prometheus. Port 0 takes a free one. */
export async function startHealthServer(
  address: { host: string; port: number },
  /** Names of what is missing; empty = ready. */
  whatIsMissing: () => Promise<string[]>,
  metrics: () => Promise<MetricsText>,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    void answer(request.url, whatIsMissing, metrics).then(({ status, contentType, text }) => {
      response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
      response.end(text);
    });
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

interface Answer extends MetricsText {
  readonly status: number;
}

async function answer(
  url: string | undefined,
  whatIsMissing: () => Promise<string[]>,
  metrics: () => Promise<MetricsText>,
): Promise<Answer> {
  switch (url?.split('?', 1)[0]) {
    case '/healthz':
      return json(200, { status: 'ok' });
    case '/readyz': {
      const missing = await whatIsMissing();
      return missing.length === 0 ? json(200, { status: 'ok' }) : json(503, { status: 'unavailable', missing });
    }
    case '/metrics':
      return { status: 200, ...(await metrics()) };
    default:
      return json(404, { status: 'not found' });
  }
}

function json(status: number, body: object): Answer {
  return { status, contentType: 'application/json', text: JSON.stringify(body) };
}
