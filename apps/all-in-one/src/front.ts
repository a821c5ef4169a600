/**
 * One port for all: requests for the bucket go to the S3 server, which checks the signatures of presigned URLs, and all
 * others to the API. Requests are passed on as they came, with the name by which the client called: the API tells by it
 * whether a request without a key is from this machine, and it is part of a presigned URL's signature.
 */
import {
  createServer,
  request as sendRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';
import type { ErrorCode } from '@m2fp/contract';

export interface FrontSettings {
  readonly apiPort: number;
  readonly s3Port: number;
  readonly bucket: string;
}

const mostConnections = 1_000;
/** They are about one connection, not about the request. */
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'upgrade', 'expect'];

export function createFront({ apiPort, s3Port, bucket }: FrontSettings): Server {
  const server = createServer((request, response) => {
    const port = request.url?.startsWith(`/${bucket}/`) === true ? s3Port : apiPort;
    passOn(request, response, port);
  });
  server.maxConnections = mostConnections;
  return server;
}

function passOn(request: IncomingMessage, response: ServerResponse, port: number): void {
  const onward = sendRequest({
    ...{ host: '127.0.0.1', port, method: request.method, path: request.url },
    // A connection for each: one that is kept may be closed at the other end just when a request is sent.
    agent: false,
    headers: onwardHeaders(request),
  });
  response.once('close', () => onward.destroy());
  onward.on('error', () => {
    // Once there is an answer, `pipeline` below looks after it; the rest of the request may be refused.
    if (!response.headersSent) unavailable(response);
  });
  onward.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, withoutHopByHop(answer.rawHeaders));
    // A stream of events may have nothing to say for a while.
    response.flushHeaders();
    // Whatever goes wrong from here on, the client sees an answer that breaks off.
    pipeline(answer, response, () => undefined);
  });
  // Not `pipeline`: an answer may come before the whole request was read, and must still get through.
  request.pipe(onward);
}

function onwardHeaders(request: IncomingMessage): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { ...request.headers };
  for (const name of hopByHop) delete headers[name];
  // It is we who close it, after the answer: a server that closes while it is being sent to resets the connection, and
  // an answer that came before the end of the request is lost.
  headers.connection = 'keep-alive';
  // The mark of proxies that leave no other, which the API would not see anymore.
  if (request.httpVersion === '1.0') headers['via'] ??= '1.0 front';
  return headers;
}

/** As `writeHead` takes them: names and values in turn, repeated ones too. */
function withoutHopByHop(raw: readonly string[]): string[] {
  return raw.filter((_, index) => !hopByHop.includes((raw[index - (index % 2)] ?? '').toLowerCase()));
}

function unavailable(response: ServerResponse): void {
  const code = 'queue_unavailable' satisfies ErrorCode;
  const detail = 'A part of the service is being started again.';
  const problem = { type: `urn:m2fp:problem:${code}`, title: 'Not available', status: 503, detail, code };
  response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' });
  response.end(JSON.stringify(problem));
}
