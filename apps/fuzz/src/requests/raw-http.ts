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
    const received = new Received(isHead);
    const timers = [setTimeout(() => finish('late'), deadlineMs)];
    const finish = (end: RawAnswer['end']): void => {
      for (const timer of timers) clearTimeout(timer);
      socket.destroy();
      resolve({ ...received.answer(), end });
    };
    socket.on('connect', () => {
      parts.forEach((part, index) => timers.push(setTimeout(() => socket.write(part), index * pauseMs)));
      if (hangUpMs !== undefined) timers.push(setTimeout(() => socket.end(), hangUpMs));
    });
    socket.on('data', (chunk) => {
      received.add(chunk);
      if (received.isWhole(false)) finish('complete');
    });
    // A refusal may arrive while the request is still being written: what came until then counts.
    socket.on('error', () => undefined);
    socket.on('close', () => finish(received.isWhole(true) ? 'complete' : 'closed'));
  });
}

interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Where the body begins in what was received. */
  readonly bodyAt: number;
}

/** What has come back so far. Joined once the head is there and at the end only: answers can be large. */
class Received {
  readonly #isHead: boolean;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #head: Head | undefined;

  constructor(isHead: boolean) {
    this.#isHead = isHead;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= maxAnswerBytes) this.#chunks.push(chunk);
    this.#head ??= splitHead(Buffer.concat(this.#chunks));
  }

  isWhole(isClosed: boolean): boolean {
    if (this.#head === undefined) return false;
    const { status, headers, bodyAt } = this.#head;
    // A stream of events does not end by itself.
    const isStream = headers.get('content-type') === 'text/event-stream';
    if (this.#isHead || status === 204 || status === 304 || isStream) return true;
    const length = headers.get('content-length');
    if (length !== undefined) return this.#bytes - bodyAt >= Number(length);
    if (headers.get('transfer-encoding') === 'chunked') {
      return Buffer.concat(this.#chunks.slice(-2)).subarray(-5).toString('latin1') === '0\r\n\r\n';
    }
    return isClosed;
  }

  answer(): Omit<RawAnswer, 'end'> {
    const whole = Buffer.concat(this.#chunks);
    if (this.#head === undefined) return { status: 0, headers: new Map(), body: whole, bytes: this.#bytes };
    const { status, headers, bodyAt } = this.#head;
    const body = whole.subarray(bodyAt);
    // Behind it, there may be the answer to a next request.
    const own = body.subarray(0, Number(headers.get('content-length') ?? body.length));
    const isChunked = headers.get('transfer-encoding') === 'chunked';
    return { status, headers, body: isChunked ? unchunk(body) : own, bytes: this.#bytes };
  }
}

/** The head of the answer, which interim ones such as 100 are not; undefined if it is not complete. */
function splitHead(bytes: Buffer): Head | undefined {
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end < 0) return undefined;
    const [first = '', ...lines] = bytes.toString('latin1', at, end).split('\r\n');
    at = end + 4;
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0);
    if (status >= 100 && status < 200) continue;
    const headers = lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
    return { status, headers: new Map(headers), bodyAt: at };
  }
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
