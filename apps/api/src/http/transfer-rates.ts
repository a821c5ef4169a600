/**
 * Cuts off clients that send or read more slowly than the least rate: each holds a connection, a share of the memory
 * and one of the connections to S3. What is slow on our side, such as a body that nobody reads yet, does not count.
 */
import { bounds } from '@m2fp/contract';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How much of what is due has passed, counted while it is the client's turn. */
class Pace {
  #sinceMs = 0;
  #bytes = 0;
  #isTheirTurn = false;

  /** Bytes that the client has moved since the window began. */
  moved(bytes: number): number {
    return bytes - this.#bytes;
  }

  /** @param bytes moved so far, in all */
  isTooSlow(nowMs: number, bytes: number, isTheirTurn: boolean): boolean {
    const windowMs = bounds.rateGrace.max * 1_000;
    const elapsedMs = nowMs - this.#sinceMs;
    const isOngoing = this.#isTheirTurn && isTheirTurn;
    if (isOngoing && elapsedMs < windowMs) return false;
    if (isOngoing && this.moved(bytes) < (bounds.leastRate.max * elapsedMs) / 1_000) return true;
    this.#sinceMs = nowMs;
    this.#bytes = bytes;
    this.#isTheirTurn = isTheirTurn;
    return false;
  }
}

class Connection {
  readonly socket: Socket;
  /** The newest request. Those before it have arrived. */
  request: IncomingMessage | undefined;
  /** Those that are not sent yet. Those after the first wait for it, with all that was written into them. */
  readonly #answers = new Set<ServerResponse>();
  readonly #body = new Pace();
  readonly #answer = new Pace();

  constructor(socket: Socket) {
    this.socket = socket;
  }

  isTooSlow(nowMs: number): boolean {
    const isBodySlow = this.#body.isTooSlow(nowMs, this.socket.bytesRead, this.#isBodyDue());
    return this.#answer.isTooSlow(nowMs, sentBytes(this.socket), this.unsentBytes > 0) || isBodySlow;
  }

  begin(request: IncomingMessage, answer: ServerResponse): void {
    this.request = request;
    this.#answers.add(answer);
    answer.once('close', () => this.#answers.delete(answer));
  }

  get unsentBytes(): number {
    const waiting = [...this.#answers].filter(({ socket }) => socket === null);
    return waiting.reduce((sum, { writableLength }) => sum + writableLength, this.socket.writableLength);
  }

  /** Read by the client since its window began. */
  get recentlyRead(): number {
    return this.#answer.moved(sentBytes(this.socket));
  }

  /** Somebody wants more of the body, and there is none. */
  #isBodyDue(): boolean {
    const { request } = this;
    if (request === undefined || request.complete) return false;
    return request.readableFlowing === true && request.readableLength === 0;
  }
}

/** What Node's own socket timeout looks at: nothing public tells how much of a large write has gone out. */
interface StreamHandle {
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
}

function sentBytes(socket: Socket): number {
  const handle = (socket as Socket & { readonly _handle?: Partial<StreamHandle> | null })._handle;
  if (handle?.bytesWritten === undefined || handle.writeQueueSize === undefined) {
    return socket.bytesWritten - socket.writableLength;
  }
  return handle.bytesWritten - handle.writeQueueSize;
}

export class TransferRates {
  readonly #connections = new Map<Socket, Connection>();

  watch(socket: Socket): void {
    this.#connections.set(socket, new Connection(socket));
    socket.once('close', () => this.#connections.delete(socket));
  }

  begin(request: IncomingMessage, answer: ServerResponse): void {
    this.#connections.get(request.socket)?.begin(request, answer);
  }

  sockets(): Iterable<Socket> {
    return this.#connections.keys();
  }

  /** Cuts off those that are too slow, and, if all answers that wait to be read are too much, those that read least. */
  check(nowMs: number): void {
    const byProgress = [...this.#connections.values()]
      .map((connection) => ({ connection, read: connection.recentlyRead }))
      .sort((a, b) => a.read - b.read);
    let unsent = 0;
    for (const { connection } of byProgress) {
      if (connection.isTooSlow(nowMs)) connection.socket.destroy();
      else unsent += connection.unsentBytes;
    }
    for (const { connection } of byProgress) {
      const { socket, unsentBytes } = connection;
      if (unsent <= bounds.unsentAnswers.max) return;
      if (socket.destroyed || unsentBytes === 0) continue;
      unsent -= unsentBytes;
      socket.destroy();
    }
  }
}
