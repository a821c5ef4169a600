/** A receiver of webhooks that fails at random, and remembers what it got. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Random } from '@m2fp/bench';
import { verifyWebhook, type WebhookEvent } from '@m2fp/client';

/** All calls with the same `webhook-id`. */
export interface Received {
  readonly id: string;
  readonly owner: string;
  /** Such as `job.succeeded`. */
  readonly type: string;
  /** Id of the job or batch. */
  readonly subject: string;
  readonly data: WebhookEvent['data'];
  /** SHA-256 of each different body. */
  readonly bodies: ReadonlySet<string>;
  readonly calls: number;
  /** Calls that were answered with 2xx. */
  readonly accepted: number;
}

export interface Receiver {
  urlFor(owner: string): string;
  readonly received: ReadonlyMap<string, Received>;
  /** Calls that could not have come from the service: why. */
  readonly forged: readonly string[];
  readonly calls: number;
  /** From now on every call is accepted. */
  recover(): void;
  close(): Promise<void>;
}

export interface ReceiverSettings {
  readonly seed: number;
  /** By owner: `whsec_…`. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Of calls that fail. */
  readonly share: number;
}

type Failure = 'refuse' | 'hang' | 'reset';
const failures: readonly Failure[] = ['refuse', 'refuse', 'refuse', 'hang', 'reset', 'reset'];
const host = '127.0.0.1';

export async function startReceiver({ seed, secrets, share }: ReceiverSettings): Promise<Receiver> {
  const random = new Random(seed, 3);
  const received = new Map<string, Received>();
  const forged: string[] = [];
  let failing = share;
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    const failure = random.chance(failing) ? random.pick(failures) : undefined;
    void readBody(request).then(async (body) => {
      // It broke off.
      if (body === undefined) return;
      const owner = request.url?.split('/')[2] ?? '';
      try {
        const event = await verifyWebhook(body, request.headers, secrets.get(owner) ?? '');
        const isAccepted = failure === undefined;
        note(received, { id: String(request.headers['webhook-id']), owner, body, isAccepted }, event);
      } catch (error) {
        forged.push(`${request.url}: ${String(error)}`);
      }
      answer(failure, response);
    });
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    urlFor: (owner) => `http://${host}:${port}/hooks/${owner}`,
    received,
    forged,
    get calls() {
      return calls;
    },
    recover: () => (failing = 0),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  } catch {
    return undefined;
  }
}

interface Call {
  readonly id: string;
  readonly owner: string;
  readonly body: string;
  readonly isAccepted: boolean;
}

function note(
  received: Map<string, Received>,
  { id, owner, body, isAccepted }: Call,
  { type, data }: WebhookEvent,
): void {
  const before = received.get(id);
  const hash = createHash('sha256').update(body).digest('hex');
  received.set(id, {
    ...{ id, owner, type, data, subject: data.id },
    bodies: new Set([...(before?.bodies ?? []), hash]),
    calls: (before?.calls ?? 0) + 1,
    accepted: (before?.accepted ?? 0) + (isAccepted ? 1 : 0),
  });
}

function answer(failure: Failure | undefined, response: ServerResponse): void {
  switch (failure) {
    case undefined:
      return void response.writeHead(204).end();
    case 'refuse':
      return void response.writeHead(503).end();
    case 'hang':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
  }
}
