import { AppError, jobResultSchema } from '@m2fp/contract';
import type { ErrorCode, JobResult, OutputName } from '@m2fp/contract';
import type { ObjectStorage } from '@m2fp/storage';
import { z } from 'zod';
import { JobProblem } from '../jobs/job-problem.ts';
import { readFailure } from '../jobs/job-view.ts';
import type { JobRecord } from '../jobs/queue.ts';
import type { ParseResult } from './parse-schemas.ts';

/** Larger than any masks.json: every pixel of 50 million a run of its own. */
const maxMasksBytes = 256 * 1024 * 1024;

/** What is made for each type that a client may accept; the first is made unless it says otherwise. */
export const answerTypes = ['application/json', 'image/png', 'image/jpeg'] as const;
export type AnswerType = (typeof answerTypes)[number];

export const outputOfType: Readonly<Record<AnswerType, OutputName>> = {
  'application/json': 'masks',
  'image/png': 'colormap',
  'image/jpeg': 'overlay',
};

/** What a job may fail with; any other code is no matter of the request's. */
export const jobFailureCodes = [
  'image_unreadable',
  'image_too_large',
  'unsupported_format',
  'input_not_found',
  'input_denied',
  'output_denied',
  'model_unavailable',
  'storage_unavailable',
  'timeout',
  'canceled',
  'internal',
] as const satisfies readonly ErrorCode[];

/** The result of a job that has ended. Throws the job's own error where it failed. */
export function resultOf(record: JobRecord): JobResult {
  if (record.state !== 'succeeded') throw failureOf(record);
  const result = jobResultSchema.safeParse(record.result);
  if (result.success) return result.data;
  throw new AppError('internal', 'The queue holds a result of another version.', { cause: result.error });
}

function failureOf({ id, failure }: JobRecord): JobProblem {
  const { code, message } = readFailure(failure);
  const isExpected = (jobFailureCodes as readonly ErrorCode[]).includes(code);
  return isExpected ? new JobProblem(code, message, id) : new JobProblem('internal', 'The job failed.', id);
}

/** The part of `masks.json` that goes into the answer. */
const datasetSchema = z.object({
  categories: z.array(z.object({ id: z.int(), name: z.string() })),
  annotations: z.array(
    z.object({
      category_id: z.int(),
      score: z.number(),
      person_id: z.int(),
      segmentation: z.object({ size: z.tuple([z.int(), z.int()]), counts: z.string() }),
    }),
  ),
});

/** The JSON answer. Throws `storage_unavailable`. */
export async function readParseResult(
  id: string,
  result: JobResult,
  { key, storage, signal }: { key: string; storage: Pick<ObjectStorage, 'get'>; signal: AbortSignal },
): Promise<ParseResult> {
  const bytes = await storage.get(key, { maxBytes: maxMasksBytes, signal });
  const { categories, annotations } = datasetSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  const { model, image, scale, people, timings } = result;
  return {
    ...{ id, model, image, scale, people },
    masks: annotations.map(({ segmentation }) => segmentation),
    labels: annotations.map(({ category_id: category }) => category),
    scores: annotations.map(({ score }) => score),
    persons: annotations.map(({ person_id: person }) => person),
    categories,
    timings,
  };
}
