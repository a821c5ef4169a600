import { jobStatuses, labelSummarySchema, outputNames } from '@m2fp/contract';
import { z } from 'zod';

/** What the demo reads of a job's answer; fields that it does not need are passed over. */
export const jobSchema = z.object({
  id: z.string(),
  status: z.enum(jobStatuses),
  created_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullish(),
  progress: z.object({ stage: z.string().nullable(), percent: z.number() }),
  result: z
    .object({
      model: z.object({ name: z.string(), synthetic: z.boolean() }),
      image: z.object({ width: z.int(), height: z.int() }),
      people: z.int(),
      labels: z.array(labelSummarySchema),
      timings: z.record(z.string(), z.number()),
      files: z.array(z.object({ output: z.enum(outputNames), url: z.url() })),
    })
    .nullish(),
  error: z.object({ code: z.string(), message: z.string() }).nullish(),
});
export type Job = z.infer<typeof jobSchema>;
export type JobResult = NonNullable<Job['result']>;

/** Not spent on the photo itself: the wait for its turn, and the model, which is loaded once. */
const otherStages: ReadonlySet<string> = new Set(['wait', 'load']);

/** What was spent on a photo, ms. */
export function spentMs(timings: JobResult['timings']): number {
  return Object.entries(timings).reduce((sum, [stage, ms]) => (otherStages.has(stage) ? sum : sum + ms), 0);
}

/** RFC 9457, as far as a person reads it. */
export const problemSchema = z.object({
  code: z.string().default('internal'),
  title: z.string().optional(),
  detail: z.string().optional(),
});
