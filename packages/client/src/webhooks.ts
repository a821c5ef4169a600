import type { components, operations } from './api-schema.generated.ts';
import { type Connection, readJson } from './connection.ts';
import { Listing, queryOf } from './listing.ts';
import type { CallOptions } from './retry.ts';
import { verifyWebhook } from './verify-webhook.ts';

export type WebhookDelivery = components['schemas']['WebhookDelivery'];
export type WebhookSecret = components['schemas']['WebhookSecret'];

/** Which deliveries to list, and how many per page. */
export type DeliveryQuery = NonNullable<operations['listWebhookDeliveries']['parameters']['query']>;

const deliveriesPath = '/v1/webhooks/deliveries';
/** Each of these does something anew: what may have arrived is not sent again. */
const once = { maxRetries: 0 } as const;

export function createWebhooks(connection: Connection) {
  return {
    /** Checks what a receiver got, and reads it. See `verifyWebhook`, which needs no client. */
    verify: verifyWebhook,
    secrets: {
      /** Those that sign now, the newest first. */
      list: async (call?: CallOptions): Promise<readonly WebhookSecret[]> => {
        const read = readJson<components['schemas']['WebhookSecretList']>;
        return (await connection.call('/v1/webhooks/secrets', {}, read, call)).secrets;
      },
      /** A new one, which signs from now on; the previous one also does for 24 hours. Not retried. */
      rotate: (call?: CallOptions): Promise<WebhookSecret> => {
        const init = { method: 'POST' };
        return connection.call('/v1/webhooks/secrets', init, readJson<WebhookSecret>, { ...call, ...once });
      },
    },
    deliveries: {
      /** Newest first: `await` gives a page, `for await` all of them. */
      list: (query: DeliveryQuery = {}, call?: CallOptions): Listing<WebhookDelivery> =>
        new Listing(async (cursor) => {
          const read = readJson<components['schemas']['WebhookDeliveryList']>;
          const page = await connection.call(`${deliveriesPath}${queryOf({ ...query, cursor })}`, {}, read, call);
          return { items: page.deliveries, nextCursor: page.next_cursor };
        }, query.cursor),
      get: (id: string, call?: CallOptions): Promise<WebhookDelivery> =>
        connection.call(deliveryPath(id), {}, readJson<WebhookDelivery>, call),
      /** Sends it again, now. Not retried. */
      redeliver: (id: string, call?: CallOptions): Promise<WebhookDelivery> => {
        const init = { method: 'POST' };
        const path = `${deliveryPath(id)}/redeliver`;
        return connection.call(path, init, readJson<WebhookDelivery>, { ...call, ...once });
      },
    },
  };
}

function deliveryPath(id: string): string {
  return `${deliveriesPath}/${encodeURIComponent(id)}`;
}
