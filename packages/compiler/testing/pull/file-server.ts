import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface ServedFile {
  content: Buffer;
  /** Undefined: none. */
  etag?: string;
  headers?: Record<string, string>;
}

/** Something that a server does wrong, for one request. */
export type Mishap = (request: IncomingMessage, response: ServerResponse, file: ServedFile | undefined) => void;

/** Test support: a local file server that supports ranges, and misbehaves when told to. */
export interface FileServer {
  readonly url: string;
  /** By path, such as `/people/pytorch_model.pt`; may be changed while it runs. */
  readonly files: Map<string, ServedFile>;
  /** The next requests for each path, before the server behaves. */
  readonly mishaps: Map<string, Mishap[]>;
  /** Requests so far: path, and requested range. */
  readonly requests: { path: string; range: string | undefined }[];
  /** False: every response is the whole file. */
  ranges: boolean;
  stop(): Promise<void>;
}

export async function startFileServer(): Promise<FileServer> {
  const files = new Map<string, ServedFile>();
  const mishaps = new Map<string, Mishap[]>();
  const requests: FileServer['requests'] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push({ path, range: request.headers.range });
    const file = files.get(path);
    const mishap = mishaps.get(path)?.shift();
    if (mishap !== undefined) mishap(request, response, file);
    else if (file === undefined) response.writeHead(404).end();
    else serve(request, response, file, running.ranges);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const running: FileServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    mishaps,
    requests,
    ranges: true,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return running;
}

function serve(request: IncomingMessage, response: ServerResponse, file: ServedFile, ranges: boolean): void {
  const { content, etag } = file;
  const headers = { ...file.headers, ...(etag !== undefined && { etag }) };
  const start =
    ranges && isCurrent(request, file) ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
  if (start > 0 && start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
  } else if (start > 0) {
    const range = `bytes ${start}-${content.length - 1}/${content.length}`;
    response.writeHead(206, { ...headers, 'content-range': range, 'content-length': content.length - start });
    response.end(content.subarray(start));
  } else {
    response.writeHead(200, { ...headers, 'content-length': content.length }).end(content);
  }
}

function isCurrent(request: IncomingMessage, { etag, headers }: ServedFile): boolean {
  const condition = request.headers['if-range'];
  return condition === undefined || condition === etag || condition === headers?.['last-modified'];
}

/**
 * Announces the whole file, or the requested range, and drops the connection after so many bytes. The client may lose
 * the last of them.
 */
export function cutAfter(bytes: number): Mishap {
  return (request, response, file) => {
    const { content, etag } = file ?? { content: Buffer.alloc(0) };
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` };
    response.writeHead(start > 0 ? 206 : 200, {
      ...file?.headers,
      ...(etag !== undefined && { etag }),
      ...(start > 0 && range),
      'content-length': content.length - start,
    });
    response.write(content.subarray(start, start + bytes));
    // An orderly end: a reset would discard an unknown part of what is still in transit.
    response.socket?.end();
  };
}

export function answer(status: number, headers: Record<string, string> = {}, body = ''): Mishap {
  return (_request, response) => void response.writeHead(status, headers).end(body);
}
