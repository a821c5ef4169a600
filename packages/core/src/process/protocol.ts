/**
 * What a parser process and its owner send each other. The owner makes these requests: `load` once, then one for each
 * photo: `parse` (the worker: from a photo to its files), or `read` and `encode` (the library: from a photo to its
 * masks, and from these to files). They are computed in their order, and the next one may be sent before the one before
 * is done; `drop` says that nobody wants one any more that is not done. Each request has one reply with its `id`; the
 * steps of a `parse` come before it. Bytes travel as they are (structured clone), not as text.
 */
import {
  bounds,
  errorCodes,
  outputNames,
  parseOptionsSchema,
  parserStepSchema,
  parseSummarySchema,
  timingsSchema,
  type ParseOptions,
} from '@m2fp/contract';
import { z } from 'zod';
import { bundleCheckSchema } from '../model/checked-files.ts';
import type { SpanMask } from '../render/span-mask.ts';
import type { OnStep, Parsing, PhotoTurn } from '../parsing/types.ts';

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

const parserSettingsSchema = z.strictObject({
  /** The model's bundle: a folder. */
  bundle: z.string(),
  /** What its owner has found out about it; by default all files are hashed. */
  check: bundleCheckSchema.optional(),
  threads: z.int().positive(),
  maxImageBytes: z.int().positive(),
  /** The product's own limit by default. */
  maxImagePixels: z.union([z.int().positive(), z.undefined()]),
});
/** What a parser process receives once, before its first photo. */
export type ParserSettings = Readonly<z.infer<typeof parserSettingsSchema>>;

const photoSchema = z.strictObject({
  bytes,
  /** The photo's own name. */
  name: z.string().max(bounds.photoName.max).optional(),
});
export type NamedPhoto = Readonly<z.infer<typeof photoSchema>>;

const spanMaskSchema = z.custom<SpanMask>((value) => {
  const mask = value as Partial<SpanMask> | null | undefined;
  return mask?.runs instanceof Uint32Array && mask.rowStart instanceof Uint32Array && Array.isArray(mask.bbox);
});

const parsingSchema = z.strictObject({
  width: z.int().positive(),
  height: z.int().positive(),
  scale: z.number().positive(),
  masks: z
    .array(z.strictObject({ classId: z.int(), score: z.number(), mask: spanMaskSchema, personId: z.int() }))
    .readonly(),
  people: z.int().nonnegative(),
  timings: timingsSchema,
}) satisfies z.ZodType<Parsing>;

const encodeTaskSchema = z.strictObject({
  photo: photoSchema,
  /** All that the model found, whatever the options choose of it. */
  parsing: parsingSchema,
  options: parseOptionsSchema,
  /** What to make; `options.outputs` is what was asked for first, as `masks.json` tells. */
  outputs: z.array(z.enum(outputNames)).readonly(),
});
/** What files are made of, apart from the model's manifest. */
export type EncodeTask = Readonly<z.infer<typeof encodeTaskSchema>>;

const photoTask = { id: z.int(), photo: photoSchema, options: parseOptionsSchema };

export const parserRequestSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('load'), id: z.int(), settings: parserSettingsSchema }),
  z.strictObject({ type: z.literal('parse'), ...photoTask }),
  z.strictObject({ type: z.literal('read'), ...photoTask }),
  z.strictObject({ type: z.literal('encode'), id: z.int(), task: encodeTaskSchema }),
  z.strictObject({ type: z.literal('drop'), id: z.int() }),
]);
export type ParserRequest = z.infer<typeof parserRequestSchema>;

const filesSchema = z
  .array(
    z.strictObject({
      output: z.enum(outputNames),
      person: z.int().min(1).max(bounds.people.max).optional(),
      /** Becomes the end of an S3 key. */
      name: z.string().regex(/^(?:[a-z0-9_-]+\/)?[a-z0-9_-]+\.[a-z0-9]+$/),
      contentType: z.string(),
      bytes,
    }),
  )
  .max(bounds.outputs.max + bounds.people.max)
  .readonly();
export type EncodedFiles = z.infer<typeof filesSchema>;

const parsedPhotoSchema = z.strictObject({ summary: parseSummarySchema, files: filesSchema, timings: timingsSchema });
export type ParsedPhoto = z.infer<typeof parsedPhotoSchema>;

const reply = { id: z.int(), rssBytes: z.number().nonnegative() };

export const parserReplySchema = z.discriminatedUnion('type', [
  z.strictObject({ ...reply, type: z.literal('loaded') }),
  z.strictObject({ ...reply, type: z.literal('parsed'), photo: parsedPhotoSchema }),
  z.strictObject({ ...reply, type: z.literal('read'), parsing: parsingSchema }),
  z.strictObject({ ...reply, type: z.literal('encoded'), files: filesSchema }),
  z.strictObject({
    ...reply,
    type: z.literal('failed'),
    code: z.enum(errorCodes),
    message: z.string(),
    retryable: z.boolean(),
    /** For the log, never for a client. */
    detail: z.string().optional(),
  }),
]);
export type ParserReply = z.infer<typeof parserReplySchema>;

/** What a parser process says before its reply to `parse`. */
export const parserNewsSchema = z.strictObject({ type: z.literal('step'), id: z.int(), step: parserStepSchema });
export type ParserNews = z.infer<typeof parserNewsSchema>;

/**
 * What runs inside a parser process: a module that exports `createParser`. The process is the unit of failure, so it
 * may block, crash or never come back. It throws `AppError` for what the user should know.
 */
export interface ParserModule {
  readonly createParser: (settings: ParserSettings) => Promise<ParserTasks>;
}

/**
 * What it can do. Calls may overlap: before `turn.begin` resolves, a photo may be decoded, and nothing else. A stand-in
 * for a model need not do what nobody asks of it.
 */
export interface ParserTasks {
  readonly parse?: (photo: NamedPhoto, options: ParseOptions, turn: PhotoTurn, onStep: OnStep) => Promise<ParsedPhoto>;
  readonly read?: (photo: NamedPhoto, options: ParseOptions, turn: PhotoTurn) => Promise<Parsing>;
  readonly encode?: (task: EncodeTask, turn: PhotoTurn) => Promise<EncodedFiles>;
}
