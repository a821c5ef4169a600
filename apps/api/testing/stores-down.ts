import type { BatchStore } from '../src/batches/batch-store.ts';
import { QueueUnavailable } from '@m2fp/service/redis';
import type { WebhookStore } from '../src/webhooks/webhook-store.ts';

const away = (): Promise<never> => Promise.reject(new QueueUnavailable());
const close = async (): Promise<void> => {};

/** Stores whose Redis is down. */
export const batchesDown: BatchStore = {
  ...{ open: away, create: away, find: away, list: away, processing: away, requestCancel: away, close },
};
export const webhooksDown: WebhookStore = {
  ...{ find: away, list: away, redeliver: away, secrets: away, rotate: away, close },
};
