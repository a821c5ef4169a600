/** Webhook deliveries and secrets on the wire, with examples. The OpenAPI document is made from these. */
import {
  batchIdPattern,
  bounds,
  deliveryIdPattern,
  deliveryStatuses,
  jobIdPattern,
  webhookEvents,
} from '@m2fp/contract';
import type { Delivery } from '@m2fp/queue/webhooks';
import { z } from '@hono/zod-openapi';
import { cursorOf, pageQuery } from '../http/routes.ts';

export const deliveryIdSchema = z.string().regex(deliveryIdPattern).meta({
  description: 'The delivery’s id, which is its `webhook-id`.',
  example: 'msg_4355a46b19d348dc2f57c046f8ef63d4',
});

/** One of the two patterns. */
const subjectPattern = new RegExp(`${jobIdPattern.source}|${batchIdPattern.source}`);

const subjectSchema = z
  .string()
  .regex(subjectPattern)
  .meta({ description: 'Id of a job or batch.', example: 'job_9f86d081884c7d659a2feaa0c55ad015' });

const attemptSchema = z
  .object({
    at: z.iso.datetime().describe('When it began.'),
    duration_ms: z.number().nonnegative().describe('How long it took.'),
    status_code: z.int().nullable().describe('The receiver’s answer; null if there was none.'),
    error: z
      .string()
      .nullable()
      .describe(
        'Null if the receiver accepted it, otherwise `status`, `redirect`, `timeout`, `connection_failed`, ' +
          '`address_refused` or `key_revoked`.',
      ),
  })
  .meta({ id: 'DeliveryAttempt', description: 'One request to the receiver.' });

export const deliverySchema = z
  .object({
    id: deliveryIdSchema,
    event: z.enum(webhookEvents).describe('What happened.'),
    subject: subjectSchema.describe('The job or batch that it reports on.'),
    url: z.string().describe('The receiver.'),
    status: z
      .enum(deliveryStatuses)
      .describe('`failed`: given up after the last attempt or a 410, or its API key was revoked.'),
    created_at: z.iso.datetime().describe('When the event happened.'),
    finished_at: z.iso.datetime().nullable().describe('When it was delivered or given up; null until then.'),
    next_attempt_at: z.iso.datetime().nullable().describe('Null if there is none.'),
    attempts: z.array(attemptSchema).describe(`Oldest first; the latest ${bounds.deliveryAttempts.max}.`),
  })
  .meta({ id: 'WebhookDelivery', description: 'A message to a webhook, with its attempts.' });
export type DeliveryView = z.infer<typeof deliverySchema>;

export function viewDelivery(delivery: Delivery): DeliveryView {
  const { owner: _owner, key_id: _keyId, payload: _payload, round: _round, attempts, ...view } = delivery;
  const rounded = attempts.map((attempt) => ({ ...attempt, duration_ms: Math.round(attempt.duration_ms) }));
  return { ...view, attempts: rounded };
}

export const deliveryListQuery = z.strictObject({
  ...pageQuery,
  cursor: cursorOf(deliveryIdSchema),
  subject: subjectSchema.optional().meta({ description: 'Only deliveries about this job or batch.' }),
});

export const deliveryListSchema = z
  .object({ deliveries: z.array(deliverySchema).describe('Newest first.'), next_cursor: deliveryIdSchema.nullable() })
  .meta({ id: 'WebhookDeliveryList', description: 'A page of deliveries.' });

export const secretSchema = z
  .object({
    id: z.string().describe('Names the secret.'),
    secret: z.string().describe('`whsec_…`: give it to your Standard Webhooks library.'),
    created_at: z.iso.datetime().describe('Since when it signs.'),
    expires_at: z.iso.datetime().nullable().describe('Null for the current secret; an older one signs until then.'),
  })
  .meta({ id: 'WebhookSecret', description: 'What messages to webhooks are signed with.' });

export const secretListSchema = z
  .object({ secrets: z.array(secretSchema).describe('Newest first.') })
  .meta({ id: 'WebhookSecretList', description: 'The secrets that sign now.' });

const delivery: DeliveryView = {
  id: 'msg_4355a46b19d348dc2f57c046f8ef63d4',
  event: 'job.succeeded',
  subject: 'job_9f86d081884c7d659a2feaa0c55ad015',
  url: 'https://example.com/hooks/m2fp',
  status: 'delivered',
  created_at: '2026-11-23T09:15:02.500Z',
  finished_at: '2026-11-23T09:15:07.800Z',
  next_attempt_at: null,
  attempts: [
    { at: '2026-11-23T09:15:02.510Z', duration_ms: 120, status_code: 503, error: 'status' },
    { at: '2026-11-23T09:15:07.700Z', duration_ms: 95, status_code: 204, error: null },
  ],
};
const pending: DeliveryView = {
  ...delivery,
  status: 'pending',
  finished_at: null,
  next_attempt_at: '2026-11-23T09:20:00.000Z',
};
const secret: z.infer<typeof secretSchema> = {
  id: 'whs_0c55ad0159f86d08',
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwOPlRfGkqPzE=',
  created_at: '2026-11-23T09:00:00.000Z',
  expires_at: null,
};

export const webhookExamples = {
  deliveries: { delivered: { value: delivery }, pending: { value: pending } },
  list: { value: { deliveries: [delivery], next_cursor: null } },
  secret: { value: secret },
  secrets: {
    value: { secrets: [secret, { ...secret, id: 'whs_884c7d659a2feaa0', expires_at: '2026-11-24T09:00:00.000Z' }] },
  },
};
