/** Batches on the wire, in and out, with examples. The OpenAPI document is made from these. */
import {
  batchIdPattern,
  batchStatuses,
  batchWebhookSchema,
  bounds,
  effectiveOptionsSchema,
  jobErrorSchema,
  metadataSchema,
  optionsSchema,
  parseOptionsSchema,
  finalBatchStatuses,
} from '@m2fp/contract';
import { viewBatch } from '@m2fp/queue/batches';
import type { BatchRecord } from '@m2fp/queue/batches';
import { z } from '@hono/zod-openapi';
import { cursorOf, pageQuery } from '../http/routes.ts';
import { inputUrlSchema, modelSchema, objectKeySchema } from '../jobs/job-schemas.ts';
import type { ViewParts } from '../jobs/read-job.ts';
import type { Models } from '../models/choose-model.ts';
import type { BatchStore } from './batch-store.ts';

export const batchIdSchema = z
  .string()
  .regex(batchIdPattern)
  .meta({ description: 'The batch’s id.', example: 'batch_9f86d081884c7d659a2feaa0c55ad015' });

const inputSchema = z
  .strictObject({
    keys: z
      .array(objectKeySchema)
      .min(1)
      .max(bounds.batchKeys.max)
      .optional()
      .describe('Keys of photos in the bucket, under the allowed input prefixes.'),
    urls: z
      .array(inputUrlSchema)
      .min(1)
      .max(bounds.batchKeys.max)
      .optional()
      .describe('Instead of keys: where workers get the photos, as `input.url` of a job.'),
    prefix: objectKeySchema
      .optional()
      .describe('Instead of keys: every object whose key begins with this, under one of the allowed input prefixes.'),
  })
  .refine(
    ({ keys, urls, prefix }) => [keys, urls, prefix].filter((given) => given !== undefined).length === 1,
    'Give either `keys`, `urls` or `prefix`',
  )
  .meta({
    // Generators of clients would make nothing of `oneOf` beside properties.
    description: 'The photos.',
    minProperties: 1,
    maxProperties: 1,
    example: { keys: ['inputs/1.jpg', 'inputs/2.jpg'] },
  });

export const createBatchSchema = z
  .strictObject({
    input: inputSchema,
    model: modelSchema.optional(),
    output: z
      .strictObject({ prefix: objectKeySchema.describe('Under one of the allowed output prefixes.') })
      .optional()
      .describe(
        'Results go to one folder per photo under this prefix, and those of the whole batch to its ' +
          '`manifest.jsonl` and `annotations.json`.',
      ),
    options: optionsSchema.optional(),
    metadata: metadataSchema.optional(),
    webhook: batchWebhookSchema.meta({ id: 'BatchWebhook', description: 'Called when the batch ends.' }).optional(),
  })
  .meta({ id: 'CreateBatch', description: 'Photos, and what to make of them.' });

const countsSchema = z
  .object({
    total: z.int().nonnegative().describe('Photos; grows while a prefix is being listed.'),
    queued: z.int().nonnegative().describe('That wait.'),
    processing: z.int().nonnegative().describe('That workers have.'),
    succeeded: z.int().nonnegative().describe('That have results.'),
    failed: z.int().nonnegative().describe('That have an error.'),
    canceled: z.int().nonnegative().describe('That were stopped.'),
  })
  .meta({ id: 'BatchCounts', description: 'How many photos are where.' });

const fileSchema = z.object({
  key: z.string().describe('Where it is in the bucket.'),
  url: z.url().describe('Presigned GET; valid until `url_expires_at`.'),
  url_expires_at: z.iso.datetime().describe('When the URL ends. A later answer has a new one.'),
});
const manifestSchema = fileSchema.meta({
  id: 'BatchManifest',
  description: 'Once the batch has ended: JSON Lines in S3, one line per photo, in order.',
});
const annotationsSchema = fileSchema.meta({
  id: 'BatchAnnotations',
  description:
    'Once the batch has ended, if `masks` is among its outputs and a photo succeeded: one COCO data set of all ' +
    'photos that did, in S3.',
});

const linksSchema = z
  .object({
    self: z.string().describe('`GET`: the batch as it is then.'),
    cancel: z.string().optional().describe('`POST`. Only until the batch has ended.'),
  })
  .meta({ id: 'BatchLinks', description: 'Where things are on this server, as paths.' });

export const batchSchema = z
  .object({
    id: batchIdSchema,
    model: z.string().describe('The model that parses the photos, as in `GET /v1/models`.'),
    status: z
      .enum(batchStatuses)
      .describe('`finished`: every photo has an outcome, good or bad. `failed`: the batch itself could not continue.'),
    counts: countsSchema,
    created_at: z.iso.datetime().describe('When the batch was queued.'),
    finished_at: z.iso.datetime().nullable().describe('When the batch ended; null until then.'),
    input: z.object({ prefix: z.string().nullable().describe('Null if keys were given.') }).describe('The photos.'),
    output: z
      .object({ prefix: z.string().describe('What the keys of all files begin with.') })
      .describe('Where the results go.'),
    options: effectiveOptionsSchema,
    metadata: metadataSchema,
    manifest: z.union([manifestSchema, z.null()]),
    annotations: z.union([annotationsSchema, z.null()]),
    error: z.object(jobErrorSchema.shape).optional().describe('Only if `status` is `failed`.'),
    links: linksSchema,
  })
  .meta({ id: 'Batch', description: 'Many photos that are parsed, or were.' });
export type BatchView = z.infer<typeof batchSchema>;

/** As it is kept to be answered again: an earlier version, or one below another path, may have written it. */
export const keptBatchSchema = batchSchema.omit({ links: true });

export function batchPath(id: string, basePath: string): string {
  return `${basePath}/v1/batches/${id}`;
}

export function batchLinks({ id, status }: Pick<BatchView, 'id' | 'status'>, basePath: string): BatchView['links'] {
  const self = batchPath(id, basePath);
  return { self, ...(!finalBatchStatuses.has(status) && { cancel: `${self}/cancel` }) };
}

export const batchListQuery = z.strictObject({ ...pageQuery, cursor: cursorOf(batchIdSchema) });

export const batchListSchema = z
  .object({ batches: z.array(batchSchema).describe('Newest first.'), next_cursor: batchIdSchema.nullable() })
  .meta({ id: 'BatchList', description: 'A page of batches.' });

/** A batch as clients see it, its files’ URLs signed now. Throws what signing throws, and `QueueUnavailable`. */
export async function presentBatch(
  record: BatchRecord,
  store: Pick<BatchStore, 'processing'>,
  { storage, settings, models }: ViewParts & { readonly models: Pick<Models, 'defaultName'> },
): Promise<BatchView> {
  const { counts, manifest, annotations, error, ...summary } = viewBatch(record);
  const model = summary.model ?? models.defaultName;
  const isFinal = finalBatchStatuses.has(record.status);
  const open = counts.total - counts.succeeded - counts.failed - counts.canceled;
  // The two are counted at different moments.
  const processing = isFinal ? 0 : Math.min(open, await store.processing(record.id, model));
  const expiresInS = settings.resultUrlExpiryS;
  const signed = async (file: { readonly key: string } | null): Promise<z.infer<typeof fileSchema> | null> => {
    if (file === null) return null;
    const url = await storage.presignGet(file.key, { expiresInS });
    return { key: file.key, url, url_expires_at: new Date(Date.now() + expiresInS * 1000).toISOString() };
  };
  return {
    ...summary,
    model,
    metadata: { ...summary.metadata },
    counts: { ...counts, queued: isFinal ? 0 : open - processing, processing },
    manifest: await signed(manifest),
    annotations: await signed(annotations),
    ...(error === undefined ? {} : { error }),
    links: batchLinks(record, settings.basePath),
  };
}

const exampleId = 'batch_9f86d081884c7d659a2feaa0c55ad015';
const output = { prefix: `results/shop/${exampleId}/` };

const queued: BatchView = {
  id: exampleId,
  model: 'portrait',
  status: 'queued',
  counts: { total: 2, queued: 2, processing: 0, succeeded: 0, failed: 0, canceled: 0 },
  created_at: '2026-11-23T09:15:00.000Z',
  finished_at: null,
  input: { prefix: null },
  output,
  options: parseOptionsSchema.parse({}),
  metadata: {},
  manifest: null,
  annotations: null,
  links: batchLinks({ id: exampleId, status: 'queued' }, ''),
};

const finished: BatchView = {
  ...queued,
  status: 'finished',
  counts: { total: 2, queued: 0, processing: 0, succeeded: 1, failed: 1, canceled: 0 },
  finished_at: '2026-11-23T09:15:04.000Z',
  manifest: {
    key: `${output.prefix}manifest.jsonl`,
    url: `https://bucket.s3.example/${output.prefix}manifest.jsonl?X-Amz-Signature=abc`,
    url_expires_at: '2026-11-23T10:15:10.000Z',
  },
  annotations: {
    key: `${output.prefix}annotations.json`,
    url: `https://bucket.s3.example/${output.prefix}annotations.json?X-Amz-Signature=abc`,
    url_expires_at: '2026-11-23T10:15:10.000Z',
  },
  links: batchLinks({ id: exampleId, status: 'finished' }, ''),
};

const failed: BatchView = {
  ...queued,
  status: 'failed',
  counts: { total: 0, queued: 0, processing: 0, succeeded: 0, failed: 0, canceled: 0 },
  finished_at: '2026-11-23T09:15:01.000Z',
  input: { prefix: 'inputs/album-8/' },
  links: finished.links,
  error: { code: 'input_not_found', message: 'There is no photo under the prefix.' },
};

export const batchExamples = {
  requests: {
    keys: { summary: 'Keys', value: { input: { keys: ['inputs/1.jpg', 'inputs/2.jpg'] } } },
    prefix: {
      summary: 'A prefix, and a webhook at the end',
      value: {
        input: { prefix: 'inputs/album-7/' },
        output: { prefix: 'results/album-7/' },
        options: { outputs: ['masks', 'overlay'] },
        webhook: { url: 'https://example.com/hooks/m2fp', events: ['batch.finished'] },
      },
    },
  },
  queued: { value: queued },
  canceling: { value: { ...queued, status: 'canceling' } satisfies BatchView },
  batches: {
    queued: { value: queued },
    finished: { value: finished },
    failed: { value: failed },
  },
  list: { value: { batches: [finished], next_cursor: null } },
};
