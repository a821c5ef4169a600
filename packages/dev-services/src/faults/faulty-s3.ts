/** An S3 in trouble: a proxy in front of a real one, which refuses, stalls or breaks off as its owner decides. */
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request as forward, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * `error`: 500. `slow-down`: 503. `stall`: no answer until `release`. `cut-request`: the connection is reset in the
 * middle of what is sent, and nothing of it is stored. `cut-answer`: it is reset in the middle of the answer, after
 * what was asked for was done.
 */
export const s3Faults = ['error', 'slow-down', 'stall', 'cut-request', 'cut-answer'] as const;
export type S3Fault = (typeof s3Faults)[number];

export interface FaultyS3 {
  readonly endpoint: string;
  /** Decides for each request what goes wrong; undefined: nothing. */
  fault: (request: { readonly method: string; readonly path: string }) => S3Fault | undefined;
  /** Requests that did not get their answer: `METHOD path`, the latest thousand. */
  readonly failures: readonly string[];
  /** Passes on what stalls and whose client still waits. */
  release(): void;
  close(): Promise<void>;
}

const keptFailures = 1_000;
const host = '127.0.0.1';

interface Passing {
  readonly target: URL;
  readonly agent: Agent;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Passes on to `endpoint` whatever has no fault. */
export async function startFaultyS3(endpoint: string): Promise<FaultyS3> {
  const target = new URL(endpoint);
  const agent = new Agent({ keepAlive: true });
  const failures: string[] = [];
  const stalled = new Set<() => void>();
  const server = createServer((request, response) => {
    const { method = '', url: path = '' } = request;
    const passing = { target, agent, request, response };
    const fault = proxy.fault({ method, path });
    if (fault === undefined) return pass(passing);
    failures.push(`${method} ${path}`);
    if (failures.length > keptFailures) failures.shift();
    if (fault === 'stall') return stall(passing, stalled);
    return fail(fault, passing);
  });
  server.listen(0, host);
  await once(server, 'listening');
  const proxy: FaultyS3 = {
    endpoint: `http://${host}:${(server.address() as AddressInfo).port}`,
    fault: () => undefined,
    failures,
    release() {
      for (const go of stalled) go();
      stalled.clear();
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      agent.destroy();
    },
  };
  return proxy;
}

/** Everything unchanged, including the signed `Host` header. */
function pass(passing: Passing, answer: (from: IncomingMessage) => void = (from) => relay(from, passing)): void {
  const { target, agent, request, response } = passing;
  const { method, url: path, headers } = request;
  const { hostname, port } = target;
  const upstream = forward({ agent, hostname, port, method, path, headers }, answer);
  upstream.on('error', () => response.destroy());
  // A client that gives up must not leave an object that it never finished sending.
  response.on('close', () => {
    if (!response.writableFinished) upstream.destroy();
  });
  request.pipe(upstream);
}

function relay(from: IncomingMessage, { response }: Passing): void {
  response.writeHead(from.statusCode ?? 502, from.headers);
  from.pipe(response);
}

function stall(passing: Passing, stalled: Set<() => void>): void {
  const go = (): void => {
    if (!passing.response.destroyed) pass(passing);
  };
  stalled.add(go);
  passing.response.on('close', () => stalled.delete(go));
}

function fail(fault: Exclude<S3Fault, 'stall'>, passing: Passing): void {
  switch (fault) {
    case 'error':
      return refuse(passing, 500, 'InternalError', 'We encountered an internal error. Please try again.');
    case 'slow-down':
      return refuse(passing, 503, 'SlowDown', 'Please reduce your request rate.');
    case 'cut-request':
      return cutRequest(passing);
    case 'cut-answer':
      return pass(passing, (from) => cutAnswer(from, passing));
  }
}

function refuse({ request, response }: Passing, status: number, code: string, message: string): void {
  request.resume();
  request.on('end', () => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);
  });
}

function cutRequest({ request }: Passing): void {
  const half = Number(request.headers['content-length'] ?? 0) / 2;
  let bytes = 0;
  if (half === 0) return void request.socket.resetAndDestroy();
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes >= half) request.socket.resetAndDestroy();
  });
  return undefined;
}

function cutAnswer(from: IncomingMessage, { request, response }: Passing): void {
  const half = Math.floor(Number(from.headers['content-length'] ?? 0) / 2);
  if (half === 0 || request.method === 'HEAD') {
    from.resume();
    return void request.socket.resetAndDestroy();
  }
  response.writeHead(from.statusCode ?? 502, from.headers);
  let left = half;
  from.on('data', (chunk: Buffer) => {
    response.write(chunk.subarray(0, left));
    left -= chunk.byteLength;
    // After what was written has left: a reset discards what has not.
    if (left <= 0) setImmediate(() => request.socket.destroy());
  });
  return undefined;
}
