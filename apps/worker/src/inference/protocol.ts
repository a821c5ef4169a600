/**
 * What the worker and a parser process send each other. The worker makes one request at a time: `load` once, then
 * `parse` for each photo; each request has one reply with its `id`. Bytes travel as they are (structured clone), not as
 * text.
 */
import {
  bounds,
  errorCodes,
  outputNames,
  parseOptionsSchema,
  parseSummarySchema,
  timingsSchema,
  type ParseOptions,
} from '@m2fp/contract';
import { z } from 'zod';

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

const parserSettingsSchema = z.strictObject({
  /** The model's bundle: a folder. */
  bundle: z.string(),
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

export const parserRequestSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('load'), id: z.int(), settings: parserSettingsSchema }),
  z.strictObject({ type: z.literal('parse'), id: z.int(), photo: photoSchema, options: parseOptionsSchema }),
]);
export type ParserRequest = z.infer<typeof parserRequestSchema>;

const parsedPhotoSchema = z.strictObject({
  summary: parseSummarySchema,
  files: z
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
    .readonly(),
  timings: timingsSchema,
});
export type ParsedPhoto = z.infer<typeof parsedPhotoSchema>;

const reply = { id: z.int(), rssBytes: z.number().nonnegative() };

export const parserReplySchema = z.discriminatedUnion('type', [
  z.strictObject({ ...reply, type: z.literal('loaded') }),
  z.strictObject({ ...reply, type: z.literal('parsed'), photo: parsedPhotoSchema }),
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

/**
 * What runs inside a parser process: a module that exports `createParser`. The process is the unit of failure, so it
 * may block, crash or never come back. It throws `AppError` for what the user should know.
 */
export interface ParserModule {
  readonly createParser: (settings: ParserSettings) => Promise<ParsePhoto>;
}

export type ParsePhoto = (photo: NamedPhoto, options: ParseOptions) => Promise<ParsedPhoto>;
