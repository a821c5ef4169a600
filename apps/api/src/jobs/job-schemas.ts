/** Requests about jobs as they are on the wire; the answers are the contract's `jobSchema` and `jobSummarySchema`. */
import { jobStatuses, jobSummarySchema, metadataSchema, optionsSchema, webhookSchema } from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import { pageQuery } from '../http/paging.ts';

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
