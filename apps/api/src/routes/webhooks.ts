import { AppError, bounds } from '@m2fp/contract';
import type { Delivery } from '@m2fp/queue/webhooks';
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { assertOwned, isOwnedBy } from '../access/ownership.ts';
import type { ApiDeps } from '../deps.ts';
import { callerOf, beginPage } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, problems } from '../http/openapi.ts';
import { createRoutes, declareRoute, noQuery } from '../http/routes.ts';
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

const listDeliveriesRoute = declareRoute({
  method: 'get',
  path: '/v1/webhooks/deliveries',
  access: 'webhooks',
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

const getDeliveryRoute = declareRoute({
  method: 'get',
  path: '/v1/webhooks/deliveries/{id}',
  access: 'webhooks',
  operationId: 'getWebhookDelivery',
  tags,
  summary: 'Get a delivery',
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

const redeliverRoute = declareRoute({
  method: 'post',
  path: '/v1/webhooks/deliveries/{id}/redeliver',
  access: 'webhooks',
  operationId: 'redeliverWebhook',
  tags,
  summary: 'Send a delivery again, now',
  description:
    'The same message with the same `webhook-id`, whatever its status. If it is waiting for its next attempt, that ' +
    `attempt is made now. At most ${bounds.redeliveries.max} times.`,
  request: { params, query: noQuery },
  responses: {
    202: {
      description: 'It is on its way.',
      headers: commonHeaders,
      content: {
        'application/json': { schema: deliverySchema, examples: { pending: webhookExamples.deliveries.pending } },
      },
    },
    ...problems('not_found', 'conflict', 'invalid_request', 'queue_unavailable'),
  },
});

const listSecretsRoute = declareRoute({
  method: 'get',
  path: '/v1/webhooks/secrets',
  access: 'webhooks',
  operationId: 'listWebhookSecrets',
  tags,
  summary: 'List the current signing secrets',
  description: 'The newest first. There is always one: the first is created when it is first needed.',
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

const rotateSecretRoute = declareRoute({
  method: 'post',
  path: '/v1/webhooks/secrets',
  access: 'webhooks',
  operationId: 'rotateWebhookSecret',
  tags,
  summary: 'Create a new signing secret',
  description: 'It signs from now on. The previous one also signs for 24 hours, so that receivers have time to switch.',
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
  /** Throws `not_found`, for another owner's delivery too. */
  const findDelivery = async (context: Context<ApiEnv>, id: string): Promise<Delivery> => {
    const message = 'There is no such delivery, or it is no longer kept.';
    return assertOwned(callerOf(context), await webhooks.find(id), { ownership: (delivery) => delivery, message });
  };

  routes.openapi(listDeliveriesRoute, async (context) => {
    const { limit, cursor, subject } = context.req.valid('query');
    await beginPage(context, limit);
    const caller = callerOf(context);
    const page = await webhooks.list(subject === undefined ? { owner: caller.owner } : { subject }, cursor, limit);
    // A page for one subject may include other owners' deliveries.
    const deliveries = page.deliveries.filter((delivery) => isOwnedBy(caller, delivery)).map(viewDelivery);
    return context.json({ deliveries, next_cursor: page.cursor ?? null }, 200);
  });

  routes.openapi(getDeliveryRoute, async (context) => {
    return context.json(viewDelivery(await findDelivery(context, context.req.valid('param').id)), 200);
  });

  routes.openapi(redeliverRoute, async (context) => {
    const delivery = await findDelivery(context, context.req.valid('param').id);
    if (!(await webhooks.redeliver(delivery, callerOf(context).keyId))) {
      throw new AppError('conflict', `It has been sent again ${bounds.redeliveries.max} times already.`);
    }
    return context.json(viewDelivery(await findDelivery(context, delivery.id)), 202);
  });

  routes.openapi(listSecretsRoute, async (context) => {
    return context.json({ secrets: await webhooks.secrets(callerOf(context).owner) }, 200);
  });

  routes.openapi(rotateSecretRoute, async (context) => {
    return context.json(await webhooks.rotate(callerOf(context).owner), 201);
  });

  return routes;
}
