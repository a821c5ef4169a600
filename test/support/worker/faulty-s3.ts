import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FaultyS3 {
  readonly endpoint: string;
  /** Decides for each request whether it is answered with 500 instead of being passed on. */
  fail: (request: { method: string; path: string }) => boolean;
  /** Requests that were answered with 500. */
  readonly failures: readonly string[];
  close(): Promise<void>;
}

/** An S3 that answers 500 when the test says so, and otherwise passes requests on to `endpoint`. */
export async function startFaultyS3(endpoint: string): Promise<FaultyS3> {
  const target = new URL(endpoint);
  const failures: string[] = [];
  const server = createServer((request, response) => {
    const { method = '', url: path = '' } = request;
    if (!proxy.fail({ method, path })) return pass(target, request, response);
    failures.push(`${method} ${path}`);
    request.resume();
    request.on('end', () => {
      response.writeHead(500, { 'content-type': 'application/xml' });
      response.end('<?xml version="1.0"?><Error><Code>InternalError</Code><Message>as the test says</Message></Error>');
    });
    return undefined;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: FaultyS3 = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: () => false,
    failures,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return proxy;
}

/** Everything unchanged, including the signed `Host` header. */
function pass(target: URL, request: IncomingMessage, response: ServerResponse): void {
  const { method, url: path, headers } = request;
  const upstream = forward({ hostname: target.hostname, port: target.port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  upstream.on('error', () => response.destroy());
  request.pipe(upstream);
}
