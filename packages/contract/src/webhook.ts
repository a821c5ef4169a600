import { createHash } from 'node:crypto';
import { z } from 'zod';
import { distinct } from './distinct.ts';
import { bounds } from './limits.ts';

/** The queue of deliveries, one for all models. */
export const webhookQueueName = 'webhooks';

export const jobWebhookEvents = ['job.succeeded', 'job.failed', 'job.canceled'] as const;
export const batchWebhookEvents = ['batch.finished', 'batch.failed', 'batch.canceled'] as const;
export const webhookEvents = [...jobWebhookEvents, ...batchWebhookEvents] as const;
export type JobWebhookEvent = (typeof jobWebhookEvents)[number];
export type BatchWebhookEvent = (typeof batchWebhookEvents)[number];
export type WebhookEvent = (typeof webhookEvents)[number];

const url = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
  .max(bounds.webhookUrl.max)
  .describe('Where to POST. Public addresses only; redirects are not followed.');

/** `webhook` of a job, on the wire and in the job's data. Its target is checked again at each connect. */
export const jobWebhookSchema = z.strictObject({
  url,
  events: distinct(jobWebhookEvents)
    .default([...jobWebhookEvents])
    .describe('The events to send; by default all of them.'),
});
export type JobWebhook = z.infer<typeof jobWebhookSchema>;

/** `webhook` of a batch. */
export const batchWebhookSchema = z.strictObject({
  url,
  events: distinct(batchWebhookEvents)
    .default([...batchWebhookEvents])
    .describe('The events to send; by default all of them.'),
});

/**
 * The id of a delivery, and its `webhook-id`: the same for the same event of the same job or batch, no matter which
 * process notices it or how often.
 */
export function deliveryId(subject: string, event: WebhookEvent): string {
  return `msg_${createHash('sha256').update(`${subject} ${event}`).digest('hex').slice(0, 32)}`;
}

export const deliveryIdPattern = /^msg_[0-9a-f]{32}$/;

export const deliveryStatuses = ['pending', 'delivered', 'failed'] as const;

/** What is put on the webhook queue. The rest is in the delivery's record. */
export const deliveryJobSchema = z.strictObject({ v: z.literal(1), delivery: z.string().regex(deliveryIdPattern) });
export type DeliveryJob = z.infer<typeof deliveryJobSchema>;
