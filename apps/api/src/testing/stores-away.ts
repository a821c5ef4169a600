import type { BatchStore } from '../batches/store.ts';
import { QueueUnavailable } from '../jobs/queue.ts';
import type { WebhookStore } from '../webhooks/store.ts';

const away = (): Promise<never> => Promise.reject(new QueueUnavailable());
const close = async (): Promise<void> => {};

/** Stores whose Redis is away. */
export const batchesAway: BatchStore = {
  ...{ open: away, create: away, find: away, list: away, processing: away, requestCancel: away, close },
};
export const webhooksAway: WebhookStore = {
  ...{ find: away, list: away, redeliver: away, secrets: away, rotate: away, close },
};
