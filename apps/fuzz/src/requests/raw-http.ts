/** HTTP over a plain socket: bytes out, an answer in, whatever either of them is. */
import { connect } from 'node:net';

export interface RawAnswer {
  /** 0 if nothing came that is HTTP. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Of the answer with its head. */
  readonly bytes: number;
  /** `closed`: it hung up without an answer, or in the middle of one; `late`: no end within the deadline. */
  readonly end: 'complete' | 'closed' | 'late';
}

interface Exchange {
  readonly port: number;
  /** Sent one after another, with a pause between them. */
  readonly parts: readonly Uint8Array[];
  readonly isHead: boolean;
  readonly deadlineMs: number;
  /** After this long without an answer, our side of the connection is closed. */
  readonly hangUpMs?: number;
}

const pauseMs = 5;
const maxAnswerBytes = 64 * 2 ** 20;

export function exchange({ port, parts, isHead, deadlineMs, hangUpMs }: Exchange): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timers = [setTimeout(() => finish('late'), deadlineMs)];
    const finish = (end: RawAnswer['end']): void => {
      for (const timer of timers) clearTimeout(timer);
      socket.destroy();
      resolve(readAnswer(Buffer.concat(chunks), bytes, end));
    };
    socket.on('connect', () => {
      parts.forEach((part, index) => timers.push(setTimeout(() => socket.write(part), index * pauseMs)));
      if (hangUpMs !== undefined) timers.push(setTimeout(() => socket.end(), hangUpMs));
    });
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes <= maxAnswerBytes) chunks.push(chunk);
      if (isComplete(chunks, isHead)) finish('complete');
    });
    // A refusal may arrive while the request is still being written: what came until then counts.
    socket.on('error', () => undefined);
    socket.on('close', () => finish(isWhole(Buffer.concat(chunks), isHead, true) ? 'complete' : 'closed'));
  });
}

function isComplete(chunks: Buffer[], isHead: boolean): boolean {
  const whole = Buffer.concat(chunks);
  chunks.splice(0, chunks.length, whole);
  return isWhole(whole, isHead, false);
}

/** An interim answer, such as 100, is not the answer. */
function skipInterim(bytes: Buffer): Buffer {
  const match = /^HTTP\/1\.1 1\d\d [^]*?\r\n\r\n/.exec(bytes.toString('latin1', 0, 1_000));
  return match === null ? bytes : skipInterim(bytes.subarray(match[0].length));
}

function splitHead(received: Buffer): { status: number; headers: Map<string, string>; body: Buffer } | undefined {
  const bytes = skipInterim(received);
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.split(':')[0]?.toLowerCase() ?? '', line.replace(/^[^:]*: ?/, '')]),
  );
  return { status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0), headers, body: bytes.subarray(end + 4) };
}

function isWhole(received: Buffer, isHead: boolean, isClosed: boolean): boolean {
  const head = splitHead(received);
  if (head === undefined) return false;
  const { status, headers, body } = head;
  // A stream of events does not end by itself.
  if (isHead || status === 204 || status === 304 || headers.get('content-type') === 'text/event-stream') return true;
  const length = headers.get('content-length');
  if (length !== undefined) return body.length >= Number(length);
  if (headers.get('transfer-encoding') === 'chunked') return body.subarray(-5).toString('latin1') === '0\r\n\r\n';
  return isClosed;
}

function readAnswer(received: Buffer, bytes: number, end: RawAnswer['end']): RawAnswer {
  const head = splitHead(received);
  if (head === undefined) return { status: 0, headers: new Map(), body: received, bytes, end };
  const { status, headers, body } = head;
  // Behind it, there may be the answer to a next request.
  const own = body.subarray(0, Number(headers.get('content-length') ?? body.length));
  return { status, headers, body: headers.get('transfer-encoding') === 'chunked' ? unchunk(body) : own, bytes, end };
}

function unchunk(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = parseInt(body.toString('latin1', at, lineEnd), 16);
    if (lineEnd < 0 || !(size > 0)) break;
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(parts);
}
