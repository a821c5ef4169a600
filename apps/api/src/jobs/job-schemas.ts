/** Jobs as they are on the wire, in and out. The OpenAPI document is made from these. */
import {
  errorCodes,
  jobIdPattern,
  jobStatuses,
  jobWebhookSchema,
  outputFileSchema,
  parseOptionsSchema,
  parseSummarySchema,
  progressStages,
  timingsSchema,
} from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import { pageQuery } from '../http/paging.ts';

const maxMetadataEntries = 32;
const metadataKeyLength = 64;
const metadataValueLength = 512;

const metadataNote =
  `Anything of yours that comes back with the job: at most ${maxMetadataEntries} entries, ` +
  `names of up to ${metadataKeyLength} and values of up to ${metadataValueLength} characters.`;

export const metadataSchema = z
  .record(z.string().max(metadataKeyLength), z.string().max(metadataValueLength))
  .refine((metadata) => Object.keys(metadata).length <= maxMetadataEntries, `At most ${maxMetadataEntries} entries`)
  .meta({
    id: 'Metadata',
    description: metadataNote,
    maxProperties: maxMetadataEntries,
    propertyNames: { type: 'string', maxLength: metadataKeyLength },
    example: { customer: '4711' },
  });

export const optionsSchema = parseOptionsSchema.meta({
  id: 'ParseOptions',
  description: 'How the photo is parsed and what is made of it. Fields left out have their defaults.',
  example: { short_side: 540, outputs: ['masks', 'colormap', 'overlay'] },
});

export const inputSchema = z
  .strictObject({
    key: z
      .string()
      .min(1)
      .describe('Key of a photo in the bucket, under one of the allowed input prefixes; at most 1024 bytes in UTF-8.'),
  })
  .meta({ example: { key: 'inputs/photo.jpg' } });

const outputSchema = z
  .strictObject({
    prefix: z
      .string()
      .min(1)
      .describe(
        'Where the results go, under one of the allowed output prefixes; a slash is added at the end if it is missing.',
      ),
  })
  .meta({ example: { prefix: 'results/album-7/photo/' } });

const webhookSchema = jobWebhookSchema.meta({
  id: 'JobWebhook',
  description: 'Told when the job ends.',
  example: { url: 'https://example.com/hooks/parsed', events: ['job.succeeded', 'job.failed'] },
});

/** What both ways of creating a job may say beside the photo. */
const jobFields = {
  output: outputSchema.optional(),
  options: optionsSchema.optional(),
  metadata: metadataSchema.optional(),
  webhook: webhookSchema.optional(),
};

export const createJobSchema = z.strictObject({ input: inputSchema, ...jobFields }).meta({ id: 'CreateJob' });

/** The form's text fields, each parsed from its JSON. */
export const createJobFormSchema = z.strictObject(jobFields);
export const formFieldNames = ['output', 'options', 'metadata', 'webhook'] as const;

/** For the document only: the form with its file. */
export const createJobFormDocument = z
  .strictObject({
    image: z.string().meta({
      format: 'binary',
      description: 'The photo: JPEG, PNG, WebP or AVIF. The part needs a file name.',
    }),
    ...jobFields,
  })
  .meta({ id: 'CreateJobForm' });

export const jobIdSchema = z
  .string()
  .regex(jobIdPattern)
  .meta({ description: 'The job’s id.', example: 'job_9f86d081884c7d659a2feaa0c55ad015' });

const resultFileSchema = outputFileSchema
  .extend({ url: z.url().describe('Presigned GET; valid until `urls_expire_at`.') })
  .meta({ id: 'ResultFile' });

const resultSchema = z
  .object({
    ...parseSummarySchema.shape,
    files: z.array(resultFileSchema),
    urls_expire_at: z.iso.datetime(),
    timings: timingsSchema.describe('Milliseconds a stage.'),
  })
  .meta({ id: 'JobResult' });

const progressSchema = z.object({
  percent: z.number().min(0).max(100),
  stage: z.enum(progressStages).nullable().describe('The last stage that is done.'),
});

const placeSchema = z.object({
  position: z.int().positive().describe('1 = the next to be taken.'),
  estimated_wait_s: z
    .number()
    .nonnegative()
    .nullable()
    .describe('From how long the last photos took; null where there is no telling, as with no worker at work.'),
});

export const jobSchema = z
  .object({
    id: jobIdSchema,
    status: z.enum(jobStatuses),
    progress: progressSchema,
    queue: placeSchema.optional().describe('Only where the job is read while it waits.'),
    created_at: z.iso.datetime(),
    started_at: z.iso.datetime().nullable().describe('Begin of the latest attempt.'),
    finished_at: z.iso.datetime().nullable(),
    attempts: z.int().nonnegative().describe('Attempts begun.'),
    input: z.object({ key: z.string() }),
    output: z.object({ prefix: z.string() }),
    options: optionsSchema.describe('The options in force, defaults included.'),
    metadata: metadataSchema,
    webhook: webhookSchema.optional(),
    result: resultSchema.optional().describe('Only where `status` is `succeeded`.'),
    error: z
      .object({ code: z.enum(errorCodes), message: z.string() })
      .optional()
      .describe('Only where `status` is `failed` or `canceled`.'),
  })
  .meta({ id: 'Job' });

export type JobView = z.infer<typeof jobSchema>;

/** Without what costs something to tell of many. */
export const jobSummarySchema = jobSchema.omit({ queue: true, result: true }).meta({ id: 'JobSummary' });
export type JobSummary = z.infer<typeof jobSummarySchema>;

/** The time and the id of the last job of the page before. */
const cursorSchema = z
  .string()
  .regex(/^[0-9a-z]{1,10}-job_[0-9a-f]{32}$/)
  .meta({ description: '`next_cursor` of the page before.', example: 'mibd7k00-job_9f86d081884c7d659a2feaa0c55ad015' });

export const jobListQuery = z.strictObject({
  ...pageQuery,
  status: z.enum(jobStatuses).optional().meta({ description: 'Only such jobs.' }),
  cursor: cursorSchema.optional(),
});

export const jobListSchema = z
  .object({
    jobs: z.array(jobSummarySchema),
    next_cursor: cursorSchema.nullable().describe('Null where there are no more.'),
  })
  .meta({ id: 'JobList' });
