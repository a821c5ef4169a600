import { z } from 'zod';
import { batchPlaceSchema } from './batch.ts';
import { errorCodes } from './error-codes.ts';
import { bounds } from './limits.ts';
import { parseOptionsSchema } from './options.ts';
import { outputNames, possibleFileNames } from './outputs.ts';
import { jobWebhookSchema } from './webhook.ts';

export const jobStatuses = ['queued', 'processing', 'succeeded', 'failed', 'canceled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

const { metadataEntries, metadataName, metadataValue, metadataBytes } = bounds;
const utf8 = new TextEncoder();

/** A client's own notes on a job or batch, which come back with it. */
export const metadataSchema = z
  .record(z.string().max(metadataName.max), z.string().max(metadataValue.max))
  .refine((metadata) => Object.keys(metadata).length <= metadataEntries.max, `At most ${metadataEntries.max} entries`)
  .refine(
    (metadata) => utf8.encode(JSON.stringify(metadata)).byteLength <= metadataBytes.max,
    `At most ${metadataBytes.max} bytes, as JSON in UTF-8`,
  )
  .meta({
    id: 'Metadata',
    description:
      `Anything of yours that comes back with the job: at most ${metadataEntries.max} entries, names of up to ` +
      `${metadataName.max} and values of up to ${metadataValue.max} characters, ${metadataBytes.max} bytes in all.`,
    maxProperties: metadataEntries.max,
    propertyNames: { type: 'string', maxLength: metadataName.max },
    example: { customer: '4711' },
  });

/** Options as they are stored: an earlier version let outputs in more than once. */
const storedOptionsSchema = parseOptionsSchema.extend({
  outputs: z
    .array(z.enum(outputNames))
    .min(1)
    .overwrite((names) => [...new Set(names)]),
});

/** What the API puts on the queue and the worker parses again. Keys only: image bytes never travel through Redis. */
export const jobDataSchema = z.strictObject({
  v: z.literal(1),
  input: z.strictObject({
    key: z.string().min(1).max(bounds.objectKey.max),
    /** The photo's own name, if it is not the last part of its key. */
    name: z.string().min(1).max(bounds.photoName.max).optional(),
    /**
     * Where the worker gets the photo. Whoever has it may have the photo, so it is shown to nobody, and is gone once
     * the job has ended; the key is then what may be shown of it (`keyOfUrl`), and no key in the bucket.
     */
    url: z.string().min(1).max(bounds.inputUrl.max).optional(),
  }),
  /** Ends with a slash; results go to `${prefix}masks.json` and so on. */
  output: z.strictObject({ prefix: z.string().min(1).max(bounds.objectKey.max) }),
  options: storedOptionsSchema,
  /** Without bounds: what an earlier version let in stays readable. */
  metadata: z.record(z.string(), z.string()).optional(),
  /** ISO 8601, UTC. */
  createdAt: z.iso.datetime(),
  requestId: z.string().max(bounds.requestId.max).optional(),
  /** Whose job it is; absent without API keys. */
  owner: z.string().max(128).optional(),
  /** Id of the API key that made it: revoking the key ends the job. */
  keyId: z.string().max(32).optional(),
  batch: batchPlaceSchema.optional(),
  webhook: jobWebhookSchema.optional(),
  /** W3C Trace Context of the request. */
  traceparent: z.string().max(256).optional(),
});
export type JobData = z.infer<typeof jobDataSchema>;

const defaultOptions: Readonly<Record<string, unknown>> = parseOptionsSchema.parse({});

/**
 * The same in fewer bytes, for Redis: without options that have their defaults, which whoever reads it fills in again.
 * So a default must never change while jobs wait. `outputs` stays, because earlier versions require it.
 */
export function storedJobData(data: JobData): z.input<typeof jobDataSchema> {
  const isDefault = (name: string, value: unknown): boolean =>
    JSON.stringify(value) === JSON.stringify(defaultOptions[name]);
  const { outputs, ...others } = data.options;
  const changed = Object.entries(others).filter(([name, value]) => !isDefault(name, value));
  return { ...data, options: { ...Object.fromEntries(changed), outputs } };
}

/**
 * What stands for the key of a photo that comes from a URL: the URL without what may be secret (a user, a password,
 * whatever follows its path), cut to what a key may have. No key in the bucket has two slashes in a row.
 */
export function keyOfUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`.slice(0, bounds.objectKey.max);
}

/** Whether a photo came from a URL. */
export function isKeyOfUrl(key: string): boolean {
  return /^https?:\/\//i.test(key);
}

/** What may be shown of a key, or of the URL of a photo in its place. */
export function shownKey(key: string): string {
  return isKeyOfUrl(key) ? keyOfUrl(key) : key;
}

/** The same job's data without its URL. */
export function withoutUrl<Data extends { readonly input: Pick<JobData['input'], 'url'> }>(data: Data): Data {
  const { url, ...input } = data.input;
  return url === undefined ? data : { ...data, input };
}

/** Keys of everything that the job may store: of an output with a file per person, as many as there may be. */
export function resultKeys({ output, options }: Pick<JobData, 'output' | 'options'>): string[] {
  const names = options.outputs.flatMap((name) => possibleFileNames(name, options.person));
  return names.map((name) => `${output.prefix}${name}`);
}

/**
 * What a parser process tells of while it parses: first `detected`, by models that look for heads and then at each, or
 * `decoded`, by those that look at the whole photo at once.
 */
const parserStages = ['decoded', 'detected', 'segmented', 'rendered'] as const;
/** In their order; each says what was completed last. */
export const progressStages = ['fetched', ...parserStages, 'parsed', 'stored'] as const;
export type ProgressStage = (typeof progressStages)[number];

const heads = z.int().nonnegative().max(bounds.people.max);
/** Of models that look at one head after another: how many are done, of how many. */
export const headCounts = { done: heads.optional(), total: heads.optional() };

/** What a parser process completed. */
export const parserStepSchema = z.strictObject({ stage: z.enum(parserStages), ...headCounts });
export type ParserStep = z.infer<typeof parserStepSchema>;

export const jobProgressSchema = z.strictObject({
  stage: z.enum(progressStages),
  /** 0..100 */
  percent: z.number().min(0).max(100),
  ...headCounts,
});
export type JobProgress = z.infer<typeof jobProgressSchema>;

/** Milliseconds per stage. A stage that did not run is absent. */
export const timingsSchema = z.record(z.string(), z.number().nonnegative());
export type Timings = z.infer<typeof timingsSchema>;

const labelSummarySchema = z.strictObject({
  id: z.int().nonnegative().describe('The class’s id: the pixel value in `colormap.png`.'),
  name: z.string().describe('The class’s name, as in `GET /v1/models`.'),
  pixels: z.int().nonnegative().describe('Pixels of this class on the colormap.'),
});

/** What a parse reports about a photo, besides its files. */
export const parseSummarySchema = z.strictObject({
  model: z
    .strictObject({
      name: z.string().describe('Its name in `GET /v1/models`.'),
      kind: z.string().describe('Of network.'),
      version: z.string().describe('Of its bundle.'),
      synthetic: z.boolean().describe('Whether its weights are random: then its results mean nothing.'),
    })
    .describe('The model that parsed the photo.'),
  image: z
    .strictObject({
      width: z.int().positive().describe('Px, upright.'),
      height: z.int().positive().describe('Px, upright.'),
    })
    .describe('The photo’s size.'),
  scale: z.number().positive().describe('The size that the network saw / the photo’s; 1 if it was used as it is.'),
  people: z.int().nonnegative().describe('People found.'),
  labels: z.array(labelSummarySchema).describe('The classes on the colormap.'),
});
export type ParseSummary = z.infer<typeof parseSummarySchema>;

export const outputFileSchema = z.strictObject({
  output: z.enum(outputNames).describe('Which of the outputs.'),
  person: z
    .int()
    .min(1)
    .max(bounds.people.max)
    .optional()
    .describe('Whose file it is, if the output has one for each person.'),
  key: z.string().describe('Where it is in the bucket.'),
  content_type: z.string().describe('Its media type.'),
  bytes: z.int().nonnegative().describe('Its size.'),
});

/** The worker's return value: a job's result as kept in Redis. The API adds presigned URLs when asked. */
export const jobResultSchema = parseSummarySchema.extend({
  v: z.literal(1),
  files: z.array(outputFileSchema),
  timings: timingsSchema,
});
export type JobResult = z.infer<typeof jobResultSchema>;

/** How a failed attempt is written into BullMQ's `failedReason`: JSON, so that readers of the job find the code. */
export const jobErrorSchema = z.strictObject({
  code: z.enum(errorCodes).describe('Stable: program against this.'),
  message: z.string().describe('What happened, in a sentence.'),
});
export type JobError = z.infer<typeof jobErrorSchema>;

/** Why a job is canceled: the value of its flag in Redis, and what its error says. */
export const cancelMessages = {
  canceled: 'The job was canceled.',
  'key-revoked': 'The API key that made the job was revoked.',
} as const;
export type CancelReason = keyof typeof cancelMessages;

/** What a job's flag says; undefined if it is not set. */
export function cancelReasonOf(flag: string | null | undefined): CancelReason | undefined {
  if (flag == null) return undefined;
  return flag === 'key-revoked' ? flag : 'canceled';
}
