import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface WebhookReceiver {
  readonly url: string;
  /** Resolves when the webhook of a job or batch has arrived; false if it has not by the deadline. */
  arrived(id: string, deadlineMs: number): Promise<boolean>;
  close(): void;
}

/** Accepts every webhook. Who was waited for is forgotten, so that it does not grow itself. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const early = new Set<string>();
  const waiting = new Map<string, () => void>();
  const server = createServer((request, response) => {
    void text(request)
      .then((body) => {
        const { data } = JSON.parse(body) as { data: { id: string } };
        const resolve = waiting.get(data.id);
        if (resolve === undefined) early.add(data.id);
        else resolve();
        response.writeHead(204).end();
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    async arrived(id, deadlineMs) {
      if (early.delete(id)) return true;
      const arrival = Promise.withResolvers<boolean>();
      waiting.set(id, () => arrival.resolve(true));
      const timer = setTimeout(() => arrival.resolve(false), deadlineMs);
      const didArrive = await arrival.promise;
      clearTimeout(timer);
      waiting.delete(id);
      return didArrive;
    },
    close: () => void server.close().closeAllConnections(),
  };
}
