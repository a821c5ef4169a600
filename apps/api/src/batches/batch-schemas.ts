/** Batches as they are on the wire, in and out. The OpenAPI document is made from these. */
import {
  batchIdPattern,
  batchStatuses,
  batchWebhookSchema,
  errorCodes,
  maxBatchKeys,
  metadataSchema,
  optionsSchema,
} from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import { cursorOf, pageQuery } from '../http/paging.ts';

export const batchIdSchema = z
  .string()
  .regex(batchIdPattern)
  .meta({ description: 'The batch’s id.', example: 'batch_9f86d081884c7d659a2feaa0c55ad015' });

const inputSchema = z
  .strictObject({
    keys: z
      .array(z.string().min(1))
      .min(1)
      .max(maxBatchKeys)
      .optional()
      .describe('Keys of photos in the bucket, under the allowed input prefixes.'),
    prefix: z
      .string()
      .min(1)
      .optional()
      .describe('Instead of keys: every object whose key begins so, under one of the allowed input prefixes.'),
  })
  .refine(({ keys, prefix }) => (keys === undefined) !== (prefix === undefined), 'Give either `keys` or `prefix`')
  .meta({
    oneOf: [{ required: ['keys'] }, { required: ['prefix'] }],
    example: { keys: ['inputs/1.jpg', 'inputs/2.jpg'] },
  });

export const createBatchSchema = z
  .strictObject({
    input: inputSchema,
    output: z
      .strictObject({ prefix: z.string().min(1) })
      .optional()
      .describe('Results go to a folder for each photo under this prefix, and the manifest to its `manifest.jsonl`.'),
    options: optionsSchema.optional().describe('For all photos.'),
    metadata: metadataSchema.optional(),
    webhook: batchWebhookSchema.meta({ id: 'BatchWebhook' }).optional(),
  })
  .meta({ id: 'CreateBatch' });

const countsSchema = z
  .object({
    total: z.int().nonnegative().describe('Photos; grows while a prefix is being listed.'),
    queued: z.int().nonnegative(),
    processing: z.int().nonnegative(),
    succeeded: z.int().nonnegative(),
    failed: z.int().nonnegative(),
    canceled: z.int().nonnegative(),
  })
  .meta({ id: 'BatchCounts' });

const manifestSchema = z
  .object({
    key: z.string(),
    url: z.url().describe('Presigned GET; valid until `url_expires_at`.'),
    url_expires_at: z.iso.datetime(),
  })
  .meta({ id: 'BatchManifest', description: 'JSON Lines in S3: a line for each photo, in order.' });

export const batchSchema = z
  .object({
    id: batchIdSchema,
    status: z
      .enum(batchStatuses)
      .describe('`finished`: every photo has its outcome, good or bad. `failed`: the batch itself could not go on.'),
    counts: countsSchema,
    created_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
    input: z.object({ prefix: z.string().nullable().describe('Null where the keys were given.') }),
    output: z.object({ prefix: z.string() }),
    options: optionsSchema.describe('The options in force, defaults included.'),
    metadata: metadataSchema,
    manifest: manifestSchema.nullable().describe('Once the batch has ended.'),
    error: z
      .object({ code: z.enum(errorCodes), message: z.string() })
      .optional()
      .describe('Only where `status` is `failed`.'),
  })
  .meta({ id: 'Batch' });
export type BatchView = z.infer<typeof batchSchema>;

export const batchListQuery = z.strictObject({ ...pageQuery, cursor: cursorOf(batchIdSchema) });

export const batchListSchema = z
  .object({ batches: z.array(batchSchema), next_cursor: batchIdSchema.nullable() })
  .meta({ id: 'BatchList' });
