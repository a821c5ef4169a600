import { randomBytes } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { bounds, photoNameOf } from '@m2fp/contract';
import { withDeadline } from '@m2fp/service/deadline';
import type { ApiDeps, ApiSettings } from '../deps.ts';
import { readJson } from '../http/body.ts';
import { bodyOf, callerOf } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { commonHeaders, problems } from '../http/openapi.ts';
import { addRoute, assertNoQuery, createRoutes, declareRoute } from '../http/routes.ts';
import { createOnce, idempotencyHeader, idempotencyKeyOf } from '../idempotency/create-once.ts';
import { photoTypes } from '../jobs/job-schemas.ts';

function requestSchema({ maxImageBytes }: ApiSettings) {
  return z
    .strictObject({
      content_type: z.enum(photoTypes).describe('The photo’s type. It is signed, too.'),
      bytes: z
        .int()
        .min(1)
        .max(maxImageBytes)
        .describe('The photo’s size. It is signed: storage takes exactly so many bytes.'),
      filename: z
        .string()
        .max(bounds.photoName.max)
        .refine((name) => photoNameOf(name) !== undefined, 'Not the name of a file')
        .optional()
        .describe('The photo’s name: the last part of its key, and in `masks.json`.'),
    })
    .meta({
      id: 'CreateUpload',
      description: 'What will be uploaded.',
      example: { content_type: 'image/jpeg', bytes: 482_133, filename: 'cat.jpg' },
    });
}

const uploadSchema = z
  .object({
    key: z.string().describe('Use it as `input.key` of a job once the photo is uploaded.'),
    method: z.literal('PUT').describe('How to send the photo.'),
    url: z.url().describe('Presigned; send the photo’s bytes as the body.'),
    headers: z
      .record(z.string(), z.string())
      .describe('Send exactly these headers; they are signed. HTTP clients send `content-length` by themselves.'),
    expires_at: z.iso.datetime().describe('When the URL ends.'),
    max_bytes: z.int().describe('Jobs for larger photos are refused.'),
  })
  .meta({
    id: 'Upload',
    description: 'Where to send a photo.',
    example: {
      key: 'uploads/shop/3b1f0c5d9a7e48b2a6d4c8e0f1a2b3c4/cat.jpg',
      method: 'PUT',
      url: 'https://bucket.s3.example/uploads/shop/3b1f0c5d9a7e48b2a6d4c8e0f1a2b3c4/cat.jpg?X-Amz-Signature=abc',
      headers: { 'content-type': 'image/jpeg', 'content-length': '482133' },
      expires_at: '2026-11-23T09:30:00.000Z',
      max_bytes: 26_214_400,
    },
  });

function createUploadRoute(settings: ApiSettings) {
  return declareRoute({
    method: 'post',
    path: '/v1/uploads',
    access: 'jobs:write',
    operationId: 'createUpload',
    tags: ['Uploads'],
    summary: 'Get a URL to upload a photo to',
    description: 'Photos then go directly to S3. An upload that never happens leaves nothing behind.',
    request: {
      headers: idempotencyHeader,
      body: { required: true, content: { 'application/json': { schema: requestSchema(settings) } } },
    },
    responses: {
      201: {
        description: 'The URL, valid until `expires_at`.',
        headers: commonHeaders,
        content: { 'application/json': { schema: uploadSchema } },
      },
      ...problems(
        'malformed_request',
        'payload_too_large',
        'unsupported_media_type',
        'invalid_request',
        'idempotency_mismatch',
        'queue_unavailable',
        'storage_unavailable',
      ),
    },
  });
}

export function uploadRoutes({ idempotency, storage, settings }: ApiDeps): OpenAPIHono<ApiEnv> {
  const routes = createRoutes();
  const route = createUploadRoute(settings);
  const schema = requestSchema(settings);
  const { storageTimeoutMs: timeoutMs, uploadUrlExpiryS: expiresInS } = settings;

  /** A new key, or the same one if the request is sent again. Its URL is signed each time. */
  async function chooseKey(context: Context<ApiEnv>, body: z.infer<typeof schema>): Promise<string> {
    const create = {
      owner: callerOf(context).owner,
      key: idempotencyKeyOf(context),
      payload: { route: 'uploads', body },
    };
    const { id } = await createOnce(create, idempotency, {
      prepare: async () => ({ id: randomBytes(16).toString('hex'), content: null }),
      make: async () => null,
      contentSchema: z.null(),
      answerSchema: z.null(),
    });
    // A percent sign could be taken for an escape: no key of ours has one.
    const name = photoNameOf(body.filename ?? '')?.replaceAll('%', '_');
    return `${callerOf(context).uploadPrefix}${id}${name === undefined ? '' : `/${name}`}`;
  }

  // `readJson` caps the body and tells malformed from invalid, which the built-in validator does not.
  addRoute(routes, route, async (context) => {
    assertNoQuery(context);
    const body = await readJson(bodyOf(context), schema, bounds.jsonBody.max);
    const key = await chooseKey(context, body);
    const { content_type: contentType, bytes } = body;
    const expiresAt = new Date(Date.now() + expiresInS * 1000).toISOString();
    const { url, headers } = await withDeadline(
      { timeoutMs, code: 'storage_unavailable', message: 'Signing the URL took too long.' },
      () => storage.presignPut(key, { expiresInS, contentType, bytes }),
    );
    const upload = {
      key,
      method: 'PUT',
      url,
      headers,
      expires_at: expiresAt,
    } as const;
    return context.json({ ...upload, max_bytes: settings.maxImageBytes } satisfies z.infer<typeof uploadSchema>, 201);
  });

  return routes;
}
