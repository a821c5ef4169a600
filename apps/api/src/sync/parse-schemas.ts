/** `POST /parse` on the wire, in and out. */
import { jobIdSchema, outputNames, parseOptionsSchema, parseSummarySchema, timingsSchema } from '@m2fp/contract';
import type { OutputName } from '@m2fp/contract';
import { z } from '@hono/zod-openapi';
import { inputSchema, modelSchema } from '../jobs/job-schemas.ts';

/** As for a job, except for the files: only one is made, which `output` or `Accept` selects. */
const { outputs: _outputs, ...queryOptions } = parseOptionsSchema.shape;

type WithoutDefaults<Shape> = {
  [Name in keyof Shape]: Shape[Name] extends z.ZodDefault<infer Inner> ? z.ZodOptional<Inner> : never;
};

/** Defaults are filled in later, so that query and body can be merged. */
function withoutDefaults<Shape extends Record<string, z.ZodDefault>>(shape: Shape): WithoutDefaults<Shape> {
  const entries = Object.entries(shape).map(([name, schema]) => {
    const inner = schema.removeDefault() as z.ZodType;
    const { description = '' } = schema;
    // With the default as its example, so that trying the route in a browser changes nothing.
    return [name, inner.meta({ description, example: schema.def.defaultValue }).optional()];
  });
  return Object.fromEntries(entries) as WithoutDefaults<Shape>;
}

const parseOptions = z
  .strictObject(withoutDefaults(queryOptions))
  .meta({ id: 'ParseRequestOptions', description: 'How the photo is parsed.', example: { short_side: 720 } });

const outputSchema = z
  .enum(outputNames)
  .meta({ description: 'Which file is made and answered with. Default: by `Accept`.', example: 'cutout' });

/** What every kind of body may say besides the photo. */
const bodyFields = {
  model: modelSchema.optional(),
  output: outputSchema.optional(),
  options: parseOptions.optional(),
};
export interface ParseFields {
  readonly model?: string | undefined;
  readonly output?: OutputName | undefined;
  readonly options?: z.infer<typeof parseOptions> | undefined;
}

export const parseQuerySchema = z.strictObject({
  model: bodyFields.model,
  output: bodyFields.output,
  ...parseOptions.shape,
});

export const parseJsonSchema = z
  .strictObject({ input: inputSchema, ...bodyFields })
  .meta({ id: 'ParseRequest', description: 'A photo that is in the bucket or at a URL, and how it is parsed.' });

export const parseFormSchema = z.strictObject(bodyFields);
export const parseFormFields = Object.keys(bodyFields);

/** For the document only: the form with its file. */
export const parseFormDocument = z
  .strictObject({
    image: z.string().meta({
      format: 'binary',
      description: 'The photo: JPEG, PNG, WebP or AVIF. The part needs a file name.',
    }),
    ...bodyFields,
  })
  .meta({
    id: 'ParseForm',
    description: 'A photo as a file, and how it is parsed.',
    example: { image: '(the photo’s bytes)', output: 'masks', options: { short_side: 720 } },
  });

const rleSchema = z
  .object({
    size: z.tuple([z.int().positive(), z.int().positive()]).describe('Height, width.'),
    counts: z.string().describe('Compressed run lengths, as pycocotools writes them.'),
  })
  .meta({ id: 'Rle', description: 'A mask as COCO has it.' });

const polygonsSchema = z
  .array(z.array(z.number()))
  .meta({ id: 'Polygons', description: 'With the option `polygons`: each x, y, x, y … px.' });

export const parseResultSchema = z
  .object({
    id: jobIdSchema.describe('The job behind it; its files are kept for a while.'),
    ...parseSummarySchema.omit({ labels: true }).shape,
    masks: z
      .array(z.union([rleSchema, polygonsSchema]))
      .describe('One mask per entry; `labels`, `scores` and `persons` have the same length and order.'),
    labels: z.array(z.int().nonnegative()).describe('Class ids.'),
    scores: z.array(z.number().min(0).max(1)).describe('How sure the model is.'),
    persons: z.array(z.int().nonnegative()).describe('Which person the mask belongs to; 0 = none.'),
    categories: z
      .array(
        z.object({
          id: z.int().nonnegative().describe('As in `labels`.'),
          name: z.string().describe('As in `GET /v1/models`.'),
        }),
      )
      .describe('The classes and their ids.'),
    timings: timingsSchema.describe('Milliseconds per stage.'),
  })
  .meta({ id: 'ParseResult', description: 'What was found in the photo.' });
export type ParseResult = z.infer<typeof parseResultSchema>;

export const parseExample: ParseResult = {
  id: 'job_9f86d081884c7d659a2feaa0c55ad015',
  model: { name: 'portrait', kind: 'portrait', version: '1', synthetic: false },
  image: { width: 3, height: 2 },
  scale: 1,
  people: 1,
  masks: [{ size: [2, 3], counts: '122O' }],
  labels: [17],
  scores: [0.93],
  persons: [1],
  categories: [
    { id: 0, name: 'background' },
    { id: 17, name: 'hair' },
  ],
  timings: { fetch: 4, decode: 21, network: 640, store: 6 },
};
