/** Requests about jobs on the wire, and examples; the answers are the contract's `jobSchema` and `jobSummarySchema`. */
import {
  bounds,
  jobStatuses,
  jobSummarySchema,
  metadataSchema,
  modelNamePattern,
  optionsSchema,
  parseOptionsSchema,
  webhookSchema,
} from '@m2fp/contract';
import type { JobView } from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import { pageQuery } from '../http/routes.ts';
import { jobLinks } from './job-links.ts';

/** What a photo may be. */
export const photoTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/avif'] as const;

/** Which model parses a photo, or the photos of a batch. */
export const modelSchema = z
  .string()
  .min(1)
  .max(bounds.modelName.max)
  .regex(modelNamePattern, 'No model has such a name: GET /v1/models lists those that there are')
  .meta({
    description: 'The model, by its name in `GET /v1/models`. Default: the service’s own.',
    example: 'portrait',
  });

/** A key or prefix. Its bytes are counted later; there are at least as many as characters. */
export const objectKeySchema = z.string().min(1).max(bounds.objectKey.max);

/** Written in one way from here on: `HTTPS:a.example` is a URL too, and nobody may take it for a key. */
export const inputUrlSchema = z
  .url({ protocol: /^https?$/, normalize: true, error: 'Must be a URL that begins with https:// or http://' })
  .max(bounds.inputUrl.max);

export const inputSchema = z
  .strictObject({
    key: objectKeySchema
      .optional()
      .describe('Key of a photo in the bucket, under one of the allowed input prefixes; at most 1024 bytes in UTF-8.'),
    url: inputUrlSchema
      .optional()
      .describe(
        'Instead of a key: where a worker gets the photo, such as a presigned URL of another cloud. Public addresses ' +
          'only. Whatever follows its path is not shown again, and forgotten once the job has ended.',
      ),
  })
  .refine(({ key, url }) => (key === undefined) !== (url === undefined), 'Give either `key` or `url`')
  .meta({
    // Generators of clients would make nothing of `oneOf` beside properties.
    description: 'The photo.',
    minProperties: 1,
    maxProperties: 1,
    example: { key: 'inputs/photo.jpg' },
  });

const outputSchema = z
  .strictObject({
    prefix: objectKeySchema.describe(
      'Where the results go, under one of the allowed output prefixes; a missing slash at the end is added.',
    ),
  })
  .meta({
    description: 'Where the results go. Default: a folder of the job’s own.',
    example: { prefix: 'results/album-7/photo/' },
  });

/** What both ways of creating a job may say besides the photo. */
const jobFields = {
  model: modelSchema.optional(),
  output: outputSchema.optional(),
  options: optionsSchema.optional(),
  metadata: metadataSchema.optional(),
  webhook: webhookSchema.optional(),
};

export const createJobSchema = z
  .strictObject({ input: inputSchema, ...jobFields })
  .meta({ id: 'CreateJob', description: 'A photo that is in the bucket or at a URL, and what to make of it.' });

/** The form's text fields, each parsed from its JSON, except for the model's name. */
export const createJobFormSchema = z.strictObject(jobFields);
export const formFieldNames = ['model', 'output', 'options', 'metadata', 'webhook'] as const;

/** For the document only: the form with its file. */
export const createJobFormDocument = z
  .strictObject({
    image: z.string().meta({
      format: 'binary',
      description: 'The photo: JPEG, PNG, WebP or AVIF. The part needs a file name, which `masks.json` has, too.',
    }),
    ...jobFields,
  })
  .meta({
    id: 'CreateJobForm',
    description: 'A photo as a file, and what to make of it.',
    example: { image: '(the photo’s bytes)', options: { outputs: ['masks', 'overlay'] } },
  });

/** Time and id of the last job of the previous page. */
const cursorSchema = z
  .string()
  .regex(/^[0-9a-z]{1,10}-job_[0-9a-f]{32}$/)
  .meta({
    description: '`next_cursor` of the previous page.',
    example: 'mibd7k00-job_9f86d081884c7d659a2feaa0c55ad015',
  });

export const jobListQuery = z.strictObject({
  ...pageQuery,
  status: z.enum(jobStatuses).optional().meta({ description: 'Only jobs with this status.', example: 'succeeded' }),
  cursor: cursorSchema.optional(),
});

export const jobListSchema = z
  .object({
    jobs: z.array(jobSummarySchema).describe('Newest first.'),
    next_cursor: cursorSchema.nullable().describe('Null if there are no more.'),
  })
  .meta({ id: 'JobList', description: 'A page of jobs.' });

const exampleId = 'job_9f86d081884c7d659a2feaa0c55ad015';

const exampleInput = { key: 'inputs/photo.jpg', name: 'photo.jpg' };

const queued: JobView = {
  id: exampleId,
  model: 'portrait',
  status: 'queued',
  progress: { percent: 0, stage: null },
  created_at: '2026-11-23T09:15:00.000Z',
  started_at: null,
  finished_at: null,
  attempts: 0,
  input: exampleInput,
  output: { prefix: 'results/shop/job_9f86d081884c7d659a2feaa0c55ad015/' },
  options: parseOptionsSchema.parse({}),
  metadata: { customer: '4711' },
  links: jobLinks({ id: exampleId, finished_at: null, input: exampleInput }, ''),
};

const started = { started_at: '2026-11-23T09:15:01.000Z', attempts: 1 };
const finishedAt = '2026-11-23T09:15:02.500Z';
const finished = {
  ...started,
  finished_at: finishedAt,
  links: jobLinks({ id: exampleId, finished_at: finishedAt, input: exampleInput }, ''),
};

const succeeded: JobView = {
  ...queued,
  ...finished,
  status: 'succeeded',
  progress: { percent: 100, stage: 'stored' },
  result: {
    model: { name: 'portrait', kind: 'portrait', version: '1', synthetic: false },
    image: { width: 1280, height: 853 },
    scale: 1,
    people: 3,
    labels: [
      { id: 1, name: 'skin', pixels: 52_310 },
      { id: 17, name: 'hair', pixels: 40_122 },
    ],
    files: [
      {
        output: 'masks',
        key: 'results/shop/job_9f86d081884c7d659a2feaa0c55ad015/masks.json',
        content_type: 'application/json',
        bytes: 18_204,
        url: 'https://bucket.s3.example/results/shop/job_9f86d081884c7d659a2feaa0c55ad015/masks.json?X-Amz-Signature=abc',
      },
    ],
    urls_expire_at: '2026-11-23T10:15:10.000Z',
    timings: { decode: 21, network: 640, postprocess: 38 },
  },
  links: { ...finished.links, files: { masks: `${finished.links.self}/files/masks` } },
};

const failed: JobView = {
  ...queued,
  ...finished,
  status: 'failed',
  progress: { percent: 10, stage: 'fetched' },
  error: { code: 'image_unreadable', message: 'The image is damaged or cut off: it cannot be decoded.' },
};

const processing: JobView = {
  ...queued,
  ...started,
  status: 'processing',
  progress: { percent: 10, stage: 'fetched' },
};

const { result: _result, ...unlisted } = succeeded;
const summary = { ...unlisted, links: finished.links };

const waiting: JobView = { ...queued, queue: { position: 4, estimated_wait_s: 1.5 } };

const canceled: JobView = {
  ...queued,
  finished_at: finishedAt,
  links: finished.links,
  status: 'canceled',
  error: { code: 'canceled', message: 'The job was canceled.' },
};

export const jobExamples = {
  requests: {
    minimal: { summary: 'Only a key', value: { input: { key: 'inputs/photo.jpg' } } },
    url: { summary: 'Only a URL', value: { input: { url: 'https://example.com/photos/family.jpg' } } },
    full: {
      summary: 'With options and metadata',
      value: {
        input: { key: 'inputs/photo.jpg' },
        output: { prefix: 'results/album-7/photo/' },
        options: { short_side: 720, outputs: ['masks', 'colormap', 'overlay'], palette: 'cihp' },
        metadata: { customer: '4711' },
      },
    },
  },
  queued: { value: queued },
  list: {
    value: { jobs: [summary], next_cursor: 'mibd7k00-job_9f86d081884c7d659a2feaa0c55ad015' },
  },
  running: { processing: { value: processing } },
  finished: { succeeded: { value: succeeded }, failed: { value: failed } },
  ended: { canceled: { value: canceled }, succeeded: { value: succeeded } },
  jobs: {
    queued: { value: waiting },
    processing: { value: processing },
    succeeded: { value: succeeded },
    failed: { value: failed },
    canceled: { value: canceled },
  },
};
