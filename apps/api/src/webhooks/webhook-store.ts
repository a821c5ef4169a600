import { redisKeys, webhookQueueName } from '@m2fp/contract';
import { openQueue } from '@m2fp/queue/open-queue';
import { Deliveries, WebhookSecrets } from '@m2fp/queue/webhooks';
import type { Delivery, DeliveryPage, WebhookSecret } from '@m2fp/queue/webhooks';
import { createRedisCall } from '@m2fp/service/redis';
import type { RedisCall } from '@m2fp/service/redis';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { BullQueueSettings } from '../jobs/bullmq-queue.ts';

/** What the routes need of webhooks. Each call answers or throws `QueueUnavailable` within its own deadline. */
export interface WebhookStore {
  find(id: string): Promise<Delivery | undefined>;
  list(by: { owner: string } | { subject: string }, cursor: string | undefined, limit: number): Promise<DeliveryPage>;
  /** In the name of that API key. False if it was sent again too often. */
  redeliver(delivery: Delivery, keyId: string | undefined): Promise<boolean>;
  secrets(owner: string): Promise<WebhookSecret[]>;
  rotate(owner: string): Promise<WebhookSecret>;
  close(): Promise<void>;
}

/** Webhooks in Redis. The connection is the caller's and stays open after `close`. */
export class RedisWebhookStore implements WebhookStore {
  readonly #call: RedisCall;
  readonly #queue: Queue;
  readonly #deliveries: Deliveries;
  readonly #secrets: WebhookSecrets;

  constructor(connection: Redis, { prefix, timeoutMs, retentionS }: Omit<BullQueueSettings, 'name'>) {
    this.#call = createRedisCall(connection, timeoutMs);
    this.#queue = openQueue(webhookQueueName, { connection, prefix });
    const keys = redisKeys(prefix);
    this.#deliveries = new Deliveries(connection, keys, this.#queue, { retentionS });
    this.#secrets = new WebhookSecrets(connection, keys);
  }

  find(id: string): Promise<Delivery | undefined> {
    return this.#call(() => this.#deliveries.find(id));
  }

  list(by: { owner: string } | { subject: string }, cursor: string | undefined, limit: number): Promise<DeliveryPage> {
    return this.#call(() => this.#deliveries.list(by, cursor, limit));
  }

  redeliver(delivery: Delivery, keyId: string | undefined): Promise<boolean> {
    return this.#call(() => this.#deliveries.redeliver(delivery, keyId));
  }

  secrets(owner: string): Promise<WebhookSecret[]> {
    return this.#call(() => this.#secrets.active(owner));
  }

  rotate(owner: string): Promise<WebhookSecret> {
    return this.#call(() => this.#secrets.rotate(owner));
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }
}
