import { outputKinds, outputNames, readFailure, readJobResult } from '@m2fp/contract';
import type { ErrorCode, JobRecord, JobResult, OutputName } from '@m2fp/contract';
import type { ObjectStorage } from '@m2fp/storage';
import { z } from 'zod';
import { JobProblem } from '../jobs/job-problem.ts';
import type { ParseResult } from './parse-schemas.ts';

/** Larger than any masks.json: every pixel of 50 million a run of its own. */
const maxMasksBytes = 256 * 1024 * 1024;

/** What a client may accept, and the output that each stands for: the first of its type in the table of outputs. */
export const outputOfType = Object.fromEntries(
  outputNames.toReversed().map((name) => [outputKinds[name].contentType, name]),
) as Readonly<Record<AnswerType, OutputName>>;
export type AnswerType = (typeof outputKinds)[OutputName]['contentType'];
/** The first is made unless the client says otherwise. */
export const answerTypes: readonly [AnswerType, ...AnswerType[]] = [
  outputKinds.masks.contentType,
  ...new Set(outputNames.map((name) => outputKinds[name].contentType).filter((type) => type !== 'application/json')),
];

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
  return readJobResult(record);
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
