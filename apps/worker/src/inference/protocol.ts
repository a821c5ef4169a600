import { errorCodes, outputNames, parseOptionsSchema, parseSummarySchema, timingsSchema } from '@m2fp/contract';
import { z } from 'zod';

/**
 * Messages between the worker and a parser process. The worker asks one thing at a time: `load` once, then `parse` a
 * photo; each request has one reply with its `id`. Bytes travel as they are (structured clone), not as text.
 */
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

export const parserRequestSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('load'),
    id: z.int(),
    settings: z.strictObject({
      model: z.string(),
      cacheDir: z.string().optional(),
      threads: z.int().positive(),
      maxImageBytes: z.int().positive(),
      maxImagePixels: z.int().positive().optional(),
    }),
  }),
  z.strictObject({ type: z.literal('parse'), id: z.int(), bytes, options: parseOptionsSchema }),
]);
export type ParserRequest = z.infer<typeof parserRequestSchema>;

const parsedPhotoSchema = z.strictObject({
  summary: parseSummarySchema,
  files: z.array(
    z.strictObject({
      output: z.enum(outputNames),
      /** Becomes the end of an S3 key. */
      name: z.string().regex(/^[a-z0-9_-]+\.[a-z0-9]+$/),
      contentType: z.string(),
      bytes,
    }),
  ),
  timings: timingsSchema,
});

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
