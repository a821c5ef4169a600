import type { Delivery, DeliveryPage, WebhookSecret } from '@m2fp/queue/webhooks';

/** What the routes need of webhooks. Each call answers or throws `QueueUnavailable` within its own deadline. */
export interface WebhookStore {
  find(id: string): Promise<Delivery | undefined>;
  list(by: { owner: string } | { subject: string }, cursor: string | undefined, limit: number): Promise<DeliveryPage>;
  redeliver(delivery: Delivery): Promise<void>;
  secrets(owner: string): Promise<WebhookSecret[]>;
  rotate(owner: string): Promise<WebhookSecret>;
  close(): Promise<void>;
}
