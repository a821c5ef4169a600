/** A TCP proxy in front of a server on this machine, whose connections fail as networks make them fail. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpLink {
  /** Stays the same, whatever is behind it. */
  readonly port: number;
  /** Resets all connections, and each new one. */
  disconnect(): void;
  /** Nothing arrives anymore, and nothing is closed. New connections are accepted and get no answer. */
  silence(): void;
  /** Lets everything through to this port, and what was held back, too. Default: where it went before. */
  connectTo(port?: number): void;
  close(): Promise<void>;
}

const host = '127.0.0.1';

type State = 'open' | 'silent' | 'reset';

export async function startTcpLink(targetPort: number): Promise<TcpLink> {
  let state: State = 'open';
  let target = targetPort;
  const pairs = new Set<Pair>();
  const server = createServer({ pauseOnConnect: true }, (client) => {
    if (state === 'reset') return void client.on('error', () => undefined).resetAndDestroy();
    const pair = new Pair(client, () => pairs.delete(pair));
    pairs.add(pair);
    if (state === 'open') pair.join(target);
    return undefined;
  });
  server.listen(0, host);
  await once(server, 'listening');
  const resetAll = (): void => {
    for (const pair of pairs) pair.reset();
  };
  return {
    port: (server.address() as AddressInfo).port,
    disconnect() {
      state = 'reset';
      resetAll();
    },
    silence() {
      state = 'silent';
      for (const pair of pairs) pair.part();
    },
    connectTo(port = target) {
      target = port;
      state = 'open';
      for (const pair of pairs) pair.join(target);
    },
    async close() {
      state = 'reset';
      resetAll();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A client's connection and the one that is made for it. */
class Pair {
  readonly #client: Socket;
  readonly #onEnd: () => void;
  #upstream: Socket | undefined;
  #isJoined = false;

  constructor(client: Socket, onEnd: () => void) {
    this.#client = client;
    this.#onEnd = onEnd;
    this.#watch(client);
  }

  /** @param port for a client that has no connection yet */
  join(port: number): void {
    if (this.#isJoined) return;
    this.#isJoined = true;
    if (this.#upstream === undefined) this.#watch((this.#upstream = connect(port, host)));
    const upstream = this.#upstream;
    // What ended while nothing passed is noticed now.
    if (this.#client.destroyed || upstream.destroyed) return this.reset();
    this.#client.pipe(upstream).pipe(this.#client);
    return undefined;
  }

  part(): void {
    this.#isJoined = false;
    if (this.#upstream === undefined) return;
    this.#client.unpipe(this.#upstream);
    this.#upstream.unpipe(this.#client);
    for (const socket of [this.#client, this.#upstream]) socket.pause();
  }

  reset(): void {
    for (const socket of [this.#client, this.#upstream]) socket?.resetAndDestroy();
    this.#onEnd();
  }

  #watch(socket: Socket): void {
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (!this.#isJoined) return;
      this.#client.destroy();
      this.#upstream?.destroy();
      this.#onEnd();
    });
  }
}
