import { AppError } from '@m2fp/contract';
import type { Delivery } from '@m2fp/queue/webhooks';
import { createRoute, z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { createRoutes, noQuery } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, problems } from '../http/openapi.ts';
import { ownerOf } from '../http/owner.ts';
import {
  deliveryIdSchema,
  deliveryListQuery,
  deliveryListSchema,
  deliverySchema,
  secretListSchema,
  secretSchema,
  viewDelivery,
  webhookExamples,
} from '../webhooks/webhook-schemas.ts';

const tags = ['Webhooks'];
const params = z.strictObject({ id: deliveryIdSchema });

const listDeliveriesRoute = createRoute({
  method: 'get',
  path: '/v1/webhooks/deliveries',
  operationId: 'listWebhookDeliveries',
  tags,
  summary: 'List deliveries, newest first',
  request: { query: deliveryListQuery },
  responses: {
    200: {
      description: 'A page of deliveries.',
      headers: commonHeaders,
      content: { 'application/json': { schema: deliveryListSchema, examples: { page: webhookExamples.list } } },
    },
    ...problems('invalid_request', 'queue_unavailable'),
  },
});

const getDeliveryRoute = createRoute({
  method: 'get',
  path: '/v1/webhooks/deliveries/{id}',
  operationId: 'getWebhookDelivery',
  tags,
  summary: 'See what became of a delivery',
  request: { params, query: noQuery },
  responses: {
    200: {
      description: 'The delivery and its attempts.',
      headers: commonHeaders,
      content: { 'application/json': { schema: deliverySchema, examples: webhookExamples.deliveries } },
    },
    ...problems('not_found', 'invalid_request', 'queue_unavailable'),
  },
});

const redeliverRoute = createRoute({
  method: 'post',
  path: '/v1/webhooks/deliveries/{id}/redeliver',
  operationId: 'redeliverWebhook',
  tags,
  summary: 'Send a delivery again, now',
  description:
    'The same message with the same `webhook-id`, whatever became of it before. One that waits for its next attempt is ' +
    'sent now instead.',
  request: { params, query: noQuery },
  responses: {
    202: {
      description: 'It is on its way.',
      headers: commonHeaders,
      content: {
        'application/json': { schema: deliverySchema, examples: { pending: webhookExamples.deliveries.pending } },
      },
    },
    ...problems('not_found', 'invalid_request', 'queue_unavailable'),
  },
});

const listSecretsRoute = createRoute({
  method: 'get',
  path: '/v1/webhooks/secrets',
  operationId: 'listWebhookSecrets',
  tags,
  summary: 'See the secrets that sign now',
  description: 'The current one first. There always is one: the first is made when it is first needed.',
  request: { query: noQuery },
  responses: {
    200: {
      description: 'The secrets.',
      headers: commonHeaders,
      content: { 'application/json': { schema: secretListSchema, examples: { secrets: webhookExamples.secrets } } },
    },
    ...problems('invalid_request', 'queue_unavailable'),
  },
});

const rotateSecretRoute = createRoute({
  method: 'post',
  path: '/v1/webhooks/secrets',
  operationId: 'rotateWebhookSecret',
  tags,
  summary: 'Make a new secret',
  description: 'It signs from now on; the one before signs beside it for 24 hours, so that receivers can change over.',
  request: { query: noQuery },
  responses: {
    201: {
      description: 'The new secret.',
      headers: commonHeaders,
      content: { 'application/json': { schema: secretSchema, examples: { secret: webhookExamples.secret } } },
    },
    ...problems('invalid_request', 'queue_unavailable'),
  },
});

export function webhookRoutes({ webhooks }: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  /** Throws `not_found` for another owner's too. */
  const findOwn = async (context: Context<ApiEnv>, id: string): Promise<Delivery> => {
    const delivery = await webhooks.find(id);
    if (delivery?.owner === ownerOf(context)) return delivery;
    throw new AppError('not_found', 'There is no such delivery, or it is no longer kept.');
  };

  routes.openapi(listDeliveriesRoute, async (context) => {
    const { limit, cursor, subject } = context.req.valid('query');
    const owner = ownerOf(context);
    const page = await webhooks.list(subject === undefined ? { owner } : { subject }, cursor, limit);
    const own = page.deliveries.filter((delivery) => delivery.owner === owner);
    return context.json({ deliveries: own.map(viewDelivery), next_cursor: page.cursor ?? null }, 200);
  });

  routes.openapi(getDeliveryRoute, async (context) => {
    return context.json(viewDelivery(await findOwn(context, context.req.valid('param').id)), 200);
  });

  routes.openapi(redeliverRoute, async (context) => {
    const delivery = await findOwn(context, context.req.valid('param').id);
    await webhooks.redeliver(delivery);
    return context.json(viewDelivery(await findOwn(context, delivery.id)), 202);
  });

  routes.openapi(listSecretsRoute, async (context) => {
    return context.json({ secrets: await webhooks.secrets(ownerOf(context)) }, 200);
  });

  routes.openapi(rotateSecretRoute, async (context) => {
    return context.json(await webhooks.rotate(ownerOf(context)), 201);
  });

  return routes;
}
