/**
 * A job as outsiders see it. The API's answers, the webhooks' payloads and the client's types all come from here; the
 * API adds what only it knows: signed URLs and the place in the queue.
 */
import { z } from 'zod';
import { AppError } from './errors.ts';
import {
  headCounts,
  isKeyOfUrl,
  jobDataSchema,
  jobErrorSchema,
  jobProgressSchema,
  jobResultSchema,
  jobStatuses,
  metadataSchema,
  outputFileSchema,
  parseSummarySchema,
  progressStages,
  timingsSchema,
  type JobData,
  type JobError,
  type JobResult,
} from './job.ts';
import { nameOfInput } from './photo-name.ts';
import { parseOptionsSchema } from './options.ts';
import { parseKnown } from './other-versions.ts';
import { jobIdPattern } from './queue.ts';
import { jobWebhookSchema, type JobWebhookEvent } from './webhook.ts';

/** Where a job is. `succeeded` and `failed` are final; a failed attempt that will be repeated is `queued` again. */
export type JobState = 'queued' | 'processing' | 'succeeded' | 'failed';

/** A job as the queue keeps it. What others wrote into it (data, progress, result, failure) is not checked yet. */
export interface JobRecord {
  readonly id: string;
  /** Whose queue it is on. */
  readonly model: string;
  readonly state: JobState;
  readonly data: unknown;
  readonly progress: unknown;
  /** Attempts started. */
  readonly attempts: number;
  /** Start of the latest attempt, milliseconds since the epoch. */
  readonly startedAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
  /** What the worker returned, if the state is `succeeded`. */
  readonly result: unknown;
  /** Why it failed, as the worker or the queue wrote it, if the state is `failed`. */
  readonly failure: string | undefined;
}

export function isFinal({ state }: Pick<JobRecord, 'state'>): boolean {
  return state === 'succeeded' || state === 'failed';
}

export const jobIdSchema = z
  .string()
  .regex(jobIdPattern)
  .meta({ description: 'The job’s id.', example: 'job_9f86d081884c7d659a2feaa0c55ad015' });

export const optionsSchema = parseOptionsSchema.meta({
  id: 'ParseOptions',
  description: 'How the photo is parsed and which files are made. Omitted fields have their defaults.',
  example: { short_side: 540, outputs: ['masks', 'colormap', 'overlay'] },
});

/** The same in answers, where none is missing. */
export const effectiveOptionsSchema = parseOptionsSchema.meta({
  id: 'EffectiveOptions',
  description: 'The effective options, including defaults.',
  example: { short_side: 540, outputs: ['masks', 'colormap', 'overlay'] },
});

export const webhookSchema = jobWebhookSchema.meta({
  id: 'JobWebhook',
  description: 'Called when the job ends.',
  example: { url: 'https://example.com/hooks/parsed', events: ['job.succeeded', 'job.failed'] },
});

const resultFileSchema = outputFileSchema
  .extend({ url: z.url().describe('Presigned GET; valid until `urls_expire_at`.') })
  .meta({ id: 'ResultFile', description: 'A file of the result, in the bucket.' });

const resultSchema = z
  .object({
    ...parseSummarySchema.shape,
    files: z.array(resultFileSchema).describe('The files that were made.'),
    urls_expire_at: z.iso.datetime().describe('When the files’ URLs end. A later answer has new ones.'),
    timings: timingsSchema.describe('Milliseconds per stage.'),
  })
  .meta({ id: 'JobResult', description: 'Only if `status` is `succeeded`.' });

const stageSchema = z.enum(progressStages).meta({
  id: 'JobStage',
  description:
    'The last completed stage: `fetched` (the photo is there), `decoded` or, by models that look for heads, ' +
    '`detected` (`total` says how many, `done` how many of them are parsed), `segmented`, `rendered`, `parsed` (the ' +
    'files are made), `stored`.',
});
const progressSchema = z
  .object({
    percent: z.number().min(0).max(100).describe('Within a stage an estimate, by the photos before; never falls.'),
    // Not `nullable`, which lists null among the enum's values: generators of clients then make a type for each.
    stage: z.union([stageSchema, z.null()]),
    done: headCounts.done.describe('Heads that are done, if the model looks at one after another.'),
    total: headCounts.total.describe('Of how many.'),
  })
  .meta({ id: 'JobProgress', description: 'How far the photo is.' });

const errorSchema = z
  .object(jobErrorSchema.shape)
  .meta({ id: 'JobError', description: 'Only if `status` is `failed` or `canceled`.' });

const placeSchema = z.object({
  position: z.int().positive().describe('1 = the next to be processed.'),
  estimated_wait_s: z
    .number()
    .nonnegative()
    .nullable()
    .describe('Estimated from recent photos; null if unknown, for example while no worker is running.'),
});

const linksSchema = z
  .object({
    self: z.string().describe('`GET`: the job as it is then.'),
    cancel: z.string().optional().describe('`POST`. Only until the job has ended.'),
    events: z.string().describe('`GET`: what happens to the job, as it happens.'),
    photo: z
      .string()
      .optional()
      .describe('`GET`: the photo, as long as it is in the bucket. One that came from a URL is not kept.'),
    page: z.string().describe('The job in a browser.'),
    files: z
      .record(z.string(), z.string())
      .optional()
      .describe('`GET`: each file of a job that succeeded, by its output, `people/1` for a person’s. Not in lists.'),
  })
  .meta({
    id: 'JobLinks',
    description: 'Where things are on this server, as paths. They need the same key as the job.',
    example: {
      self: '/v1/jobs/job_9f86d081884c7d659a2feaa0c55ad015',
      events: '/v1/jobs/job_9f86d081884c7d659a2feaa0c55ad015/events',
      photo: '/v1/jobs/job_9f86d081884c7d659a2feaa0c55ad015/photo',
      page: '/jobs/job_9f86d081884c7d659a2feaa0c55ad015',
      files: { masks: '/v1/jobs/job_9f86d081884c7d659a2feaa0c55ad015/files/masks' },
    },
  });
export type JobLinks = z.infer<typeof linksSchema>;

export const jobSchema = z
  .object({
    id: jobIdSchema,
    model: z.string().describe('The model that parses the photo, as in `GET /v1/models`.'),
    status: z.enum(jobStatuses).meta({ id: 'JobStatus', description: 'The last three are final.' }),
    progress: progressSchema,
    queue: placeSchema.optional().describe('Only while the job waits, and not in lists.'),
    created_at: z.iso.datetime().describe('When the job was queued.'),
    started_at: z.iso.datetime().nullable().describe('Start of the latest attempt.'),
    finished_at: z.iso.datetime().nullable().describe('When the job ended; null until then.'),
    attempts: z.int().nonnegative().describe('Attempts started.'),
    input: z
      .object({
        key: z.string().optional().describe('Where the photo is, unless it came from a URL.'),
        url: z
          .string()
          .optional()
          .describe('Where the photo came from, without anything after the path. It is not kept.'),
        name: z
          .string()
          .nullable()
          .describe('What the photo is called in `masks.json`: as it was sent, or the last part of its key or URL.'),
      })
      .describe('The photo.'),
    output: z
      .object({ prefix: z.string().describe('What the keys of all files begin with.') })
      .describe('Where the results go.'),
    options: effectiveOptionsSchema,
    metadata: metadataSchema,
    webhook: webhookSchema.optional(),
    result: resultSchema.optional(),
    error: errorSchema.optional(),
    links: linksSchema,
  })
  .meta({ id: 'Job', description: 'A photo that is parsed, or was.' });
export type JobView = z.infer<typeof jobSchema>;

/** Without what is expensive to compute for many jobs. */
export const jobSummarySchema = jobSchema
  .omit({ queue: true, result: true })
  .meta({ id: 'JobSummary', description: 'A job without its result and its place in the queue.' });
export type JobSummary = z.infer<typeof jobSummarySchema>;

/** What is known of a job without the server that shows it. */
type JobFacts = Omit<JobSummary, 'links'>;

/**
 * The job without its result. Throws `internal` if the queue holds data of another version.
 * @param data the record's, where it is known and need not be checked again
 */
export function summarizeJob(record: JobRecord, data: JobData = readJobData(record)): JobFacts {
  const { createdAt, input, output, options, metadata = {}, webhook } = data;
  const error = record.state === 'failed' ? readFailure(record.failure) : undefined;
  return {
    id: record.id,
    model: record.model,
    status: record.state === 'failed' && error?.code === 'canceled' ? 'canceled' : record.state,
    progress: viewProgress(record),
    created_at: createdAt,
    started_at: isoTime(record.startedAtMs),
    finished_at: isoTime(record.finishedAtMs),
    attempts: record.attempts,
    input: { ...(isKeyOfUrl(input.key) ? { url: input.key } : { key: input.key }), name: nameOfInput(input) ?? null },
    ...{ output, options, metadata },
    ...(webhook !== undefined && { webhook }),
    ...(error !== undefined && { error }),
  };
}

function viewProgress(record: JobRecord): JobView['progress'] {
  if (record.state === 'succeeded') return { percent: 100, stage: 'stored' };
  const parsed = jobProgressSchema.safeParse(record.progress);
  return parsed.success ? parsed.data : { percent: 0, stage: null };
}

function isoTime(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

/** Throws `internal` if the queue holds data of another version that not even its known part can be read of. */
export function readJobData({ data }: Pick<JobRecord, 'data'>): JobData {
  const parsed = parseKnown(jobDataSchema, data);
  if (parsed.success) return parsed.data;
  throw new AppError('internal', 'The queue holds a job of another version.', { cause: parsed.error });
}

/** The result of a job that succeeded. Throws `internal` if the queue holds one of another version. */
export function readJobResult({ result }: Pick<JobRecord, 'result'>): JobResult {
  const parsed = parseKnown(jobResultSchema, result);
  if (parsed.success) return parsed.data;
  throw new AppError('internal', 'The queue holds a result of another version.', { cause: parsed.error });
}

/** A worker writes its error as JSON. What is not JSON was written by the queue itself, which gave the job up. */
export function readFailure(failure: string | undefined): JobError {
  try {
    return jobErrorSchema.parse(JSON.parse(failure ?? ''));
  } catch {
    return { code: 'internal', message: 'The job was given up: it lost its worker too many times.' };
  }
}

/** A job's webhook: which event its end is, and the payload's `data`. */
export interface JobEvent {
  readonly event: JobWebhookEvent;
  readonly data: object;
}

/**
 * The event that a job's end sends to its webhook: the job as the API shows it, except for URLs, which would expire
 * before the last attempt. Throws `internal` for a job that has not ended or is of another version.
 */
export function jobEventOf(record: JobRecord): JobEvent {
  const { progress: _progress, webhook: _webhook, ...job } = summarizeJob(record);
  switch (job.status) {
    case 'queued':
    case 'processing':
      throw new AppError('internal', `A job that is ${job.status} has not ended.`);
    case 'succeeded': {
      const { v: _version, ...result } = readJobResult(record);
      return { event: 'job.succeeded', data: { ...job, result } };
    }
    case 'failed':
      return { event: 'job.failed', data: job };
    case 'canceled':
      return { event: 'job.canceled', data: job };
  }
}
