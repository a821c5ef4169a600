import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface SwitchProxy {
  /** host:port, which stays the same whatever is behind it. */
  readonly port: number;
  /** Drops all connections and lets none through. */
  disconnect(): void;
  /** Lets connections through, to this port on loopback. */
  connectTo(port: number): void;
  close(): Promise<void>;
}

const host = '127.0.0.1';

/** A TCP proxy whose target can go down and come back as another: a restarted server keeps its address. */
export async function startSwitchProxy(targetPort: number): Promise<SwitchProxy> {
  let target: number | undefined = targetPort;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    if (target === undefined) return client.destroy();
    const upstream = connect(target, host);
    keep(upstream);
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    return undefined;
  });
  server.listen(0, host);
  await once(server, 'listening');
  const disconnect = (): void => {
    target = undefined;
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    disconnect,
    connectTo: (port) => {
      target = port;
    },
    async close() {
      disconnect();
      server.close();
      await once(server, 'close');
    },
  };
}
