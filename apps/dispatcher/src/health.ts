import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HealthServer {
  readonly url: string;
  close(): Promise<void>;
}

/** `GET /healthz`: the process runs. `GET /readyz`: what it needs answers. Port 0 takes a free one. */
export async function startHealthServer(
  address: { host: string; port: number },
  /** Names of what is missing; empty = ready. */
  whatIsMissing: () => Promise<string[]>,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    void answer(request.url, whatIsMissing).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
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

async function answer(url: string | undefined, whatIsMissing: () => Promise<string[]>) {
  switch (url?.split('?', 1)[0]) {
    case '/healthz':
      return { status: 200, body: { status: 'ok' } };
    case '/readyz': {
      const missing = await whatIsMissing();
      if (missing.length === 0) return { status: 200, body: { status: 'ok' } };
      return { status: 503, body: { status: 'unavailable', missing } };
    }
    default:
      return { status: 404, body: { status: 'not found' } };
  }
}
