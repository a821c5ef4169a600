/** Requests that are begun and not ended, and answers that are not read. */
import { connect, type Socket } from 'node:net';
import type { AttackTarget } from './tricks.ts';

interface Held {
  readonly connections: number;
  /** Sent at once: the request's head and what there is of its body. */
  readonly begin: (target: AttackTarget, number: number) => Buffer;
  /** Sent each second after that, if anything. */
  readonly drip?: Buffer;
  /** Whether what comes back is read. */
  readonly isRead: boolean;
}

const mib = 2 ** 20;
const jpegStart = Buffer.from([0xff, 0xd8, 0xff, 0xe0]);

function head({ apiKey }: AttackTarget, request: string, headers: readonly string[] = []): Buffer {
  const lines = [`${request} HTTP/1.1`, 'host: 127.0.0.1', `authorization: Bearer ${apiKey}`, ...headers, '', ''];
  return Buffer.from(lines.join('\r\n'));
}

const json = 'content-type: application/json';

const held: Readonly<Record<string, Held>> = {
  'unfinished uploads to /parse': {
    connections: 80,
    begin: (target) =>
      Buffer.concat([head(target, 'POST /parse', ['content-type: image/jpeg', `content-length: ${mib}`]), jpegStart]),
    drip: Buffer.from('x'),
    isRead: true,
  },
  'slow readers of a result': {
    connections: 100,
    begin: (target) => head(target, `GET /v1/jobs/${target.largeJobId}/files/overlay`),
    isRead: false,
  },
  'unfinished bodies of 12 MB and of 4': {
    connections: 60,
    begin: (target, number) => {
      const bytes = number % 2 === 0 ? 12 * mib : 4 * mib;
      const start = Buffer.from('{"input":{"keys":["');
      return Buffer.concat([
        head(target, 'POST /v1/batches', [json, `content-length: ${bytes}`]),
        start,
        Buffer.alloc(bytes - start.length - 1_000, 'x'),
      ]);
    },
    drip: Buffer.from('x'),
    isRead: true,
  },
  'event streams': {
    connections: 200,
    begin: (target) => head(target, `GET /v1/jobs/${target.largeJobId}/events`),
    isRead: true,
  },
  'begun requests without a key': {
    connections: 200,
    begin: () => Buffer.from('POST /v1/jobs HTTP/1.1\r\nhost: 127.0.0.1\r\n'),
    drip: Buffer.from('x: y\r\n'),
    isRead: true,
  },
};

const dripMs = 1_000;
const againMs = 3_000;

/** Keeps all of them open: what is closed by the other side is opened again. */
export function holdConnections(target: AttackTarget, count: (trick: string, answer: string) => void): void {
  const port = Number(new URL(target.apiUrl).port);
  const open = (name: string, one: Held, number: number): void => {
    const socket = connect(port, '127.0.0.1');
    let answer = 'closed';
    const drip = one.drip === undefined ? undefined : setInterval(() => write(socket, one.drip), dripMs);
    socket.once('connect', () => write(socket, one.begin(target, number)));
    if (one.isRead)
      socket.on('data', (chunk) => (answer = /^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1'))?.[1] ?? answer));
    else socket.pause();
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearInterval(drip);
      count(name, answer);
      setTimeout(() => open(name, one, number), againMs);
    });
  };
  for (const [name, one] of Object.entries(held)) {
    for (let number = 0; number < one.connections; number++) open(name, one, number);
  }
}

function write(socket: Socket, bytes: Buffer | undefined): void {
  if (bytes !== undefined && socket.writable) socket.write(bytes);
}
