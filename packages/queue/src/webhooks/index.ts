/** Webhooks: how they are signed, and the record of each delivery. */
export { Deliveries, revokedAttempt } from './deliveries.ts';
export type { Attempt, Delivery, DeliveryPage } from './deliveries.ts';
export { signedHeaders, WebhookSecrets } from './secrets.ts';
export type { WebhookSecret } from './secrets.ts';
