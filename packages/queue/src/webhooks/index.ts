/** Webhooks: where they may go, how they are signed, and the record of each delivery. */
export { Deliveries } from './deliveries.ts';
export type { Attempt, Delivery, DeliveryPage, NewDelivery } from './deliveries.ts';
export { isAllowedAddress, targetFault } from './target.ts';
export type { TargetRules } from './target.ts';
export { secretOverlapS, signedHeaders, WebhookSecrets } from './secrets.ts';
export type { WebhookSecret } from './secrets.ts';
