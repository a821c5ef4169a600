import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../worker/until.ts';

/** What a receiver does with a call: a status to answer, `hang`, or a place to redirect to. */
export type Reaction = number | 'hang' | { readonly redirectTo: string };

export interface Call {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface Receiver {
  readonly port: number;
  readonly url: string;
  readonly calls: readonly Call[];
  /** For the calls to come, in order; the last one stays. */
  react(...reactions: Reaction[]): void;
  called(times: number): Promise<void>;
  close(): Promise<void>;
}

/** A webhook receiver on loopback. Answers 204 until told otherwise. */
export async function startReceiver(): Promise<Receiver> {
  const calls: Call[] = [];
  let reactions: Reaction[] = [204];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = request.headers as Record<string, string>;
      calls.push({ method: request.method ?? '', headers, body: Buffer.concat(chunks).toString() });
      react(response, reactions.length > 1 ? reactions.shift() : reactions[0]);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/hook`,
    calls,
    react: (...next) => {
      reactions = next;
    },
    called: (times) => until(() => calls.length >= times),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function react(response: ServerResponse, reaction: Reaction = 204): void {
  if (reaction === 'hang') return;
  if (typeof reaction === 'number') response.writeHead(reaction).end();
  else response.writeHead(307, { location: reaction.redirectTo }).end();
}
