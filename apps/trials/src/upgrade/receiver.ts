import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const payloadSchema = z.object({ data: z.object({ id: z.string() }) });
const lateMs = 60_000;

/** Receives webhooks, and knows of whom. */
export async function startReceiver() {
  const received = new Set<string>();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.add(payloadSchema.parse(JSON.parse(body)).data.id);
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    /** How many have not come within a minute. */
    async missing(subjects: readonly string[], signal: AbortSignal): Promise<number> {
      const deadline = performance.now() + lateMs;
      const count = (): number => subjects.filter((id) => !received.has(id)).length;
      while (count() > 0 && performance.now() < deadline) await sleep(100, undefined, { signal });
      return count();
    },
    stop: async (): Promise<void> => {
      server.close();
      server.closeAllConnections();
    },
  };
}
