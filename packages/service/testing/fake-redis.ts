import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A command's words, in the order in which they came; the name in capitals. */
export type Asked = readonly string[];

export interface FakeRedis {
  readonly port: number;
  /** Connections so far. */
  connections(): number;
  /** Commands so far, without what clients send when they connect. */
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

const greetings: Readonly<Record<string, string>> = {
  HELLO: '-ERR unknown command HELLO\r\n',
  CLIENT: '+OK\r\n',
  INFO: '$14\r\nredis_mode:one\r\n',
};

/**
 * A server that says what a test wants, such as what a real one says for moments only.
 * @param answer to a command, as Redis sends it, such as `-READONLY …`; undefined: none
 */
export async function startFakeRedis(
  answer: (asked: Asked, connection: number) => string | undefined,
): Promise<FakeRedis> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    const connection = ++connections;
    sockets.add(socket);
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', (data) => {
      text += data.toString('latin1');
      for (let next = firstCommand(text); next !== undefined; next = firstCommand(text)) {
        text = text.slice(next.length);
        const [name = ''] = next.words;
        const greeting = greetings[name];
        if (greeting === undefined) asked.push(next.words);
        const reply = greeting ?? answer(next.words, connection);
        if (reply !== undefined) socket.write(reply.endsWith('\r\n') ? reply : `${reply}\r\n`);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    asked,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The first whole command of what has come: `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`. */
function firstCommand(text: string): { readonly words: Asked; readonly length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return undefined;
  const words: string[] = [];
  let at = head[0].length;
  while (words.length < Number(head[1])) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at));
    if (size === null) return undefined;
    const start = at + size[0].length;
    at = start + Number(size[1]) + 2;
    if (text.length < at) return undefined;
    words.push(words.length === 0 ? text.slice(start, at - 2).toUpperCase() : text.slice(start, at - 2));
  }
  return { words, length: at };
}
