/** The answer to `POST /parse`: which type the client gets, and how it is made from a finished job. */
import {
  AppError,
  bounds,
  isPersonal,
  jobFailureCodes,
  outputKinds,
  outputNames,
  readFailure,
  readJobResult,
} from '@m2fp/contract';
import type { ErrorCode, JobRecord, JobResult, OutputName, ParseOptionsInput } from '@m2fp/contract';
import type { ObjectStorage } from '@m2fp/storage';
import { parseAccept } from 'hono/utils/accept';
import { z } from 'zod';
import { InvalidRequest, JobProblem } from '../http/problem.ts';
import { ratio } from '../http/rounding.ts';
import type { ParseResult } from './parse-schemas.ts';

type AnswerType = (typeof outputKinds)[OutputName]['contentType'];

/** The output behind each type that a client may accept: the first of its type in the table of outputs. */
const outputOfType = Object.fromEntries(
  outputNames.toReversed().map((name) => [outputKinds[name].contentType, name]),
) as Readonly<Record<AnswerType, OutputName>>;
/** The first is the default. */
const answerTypes: readonly [AnswerType, ...AnswerType[]] = [
  outputKinds.masks.contentType,
  ...new Set(outputNames.map((name) => outputKinds[name].contentType).filter((type) => type !== 'application/json')),
];

/**
 * The output to answer with: `asked`, if `Accept` includes its type, else the one behind the accepted type. Throws
 * `not_acceptable`.
 */
export function chooseOutput(accept: string | undefined, asked: OutputName | undefined): OutputName {
  if (asked === undefined) return outputOfType[acceptedType(accept, answerTypes)];
  acceptedType(accept, [outputKinds[asked].contentType]);
  return asked;
}

/** Throws `invalid_request` if several files may come of it: an answer has one. */
export function assertOneFile(output: OutputName, { person = [] }: Pick<ParseOptionsInput, 'person'>): void {
  if (!isPersonal(output) || person.length === 1) return;
  const remedy = 'choose one with person=N, or create a job';
  throw new InvalidRequest([{ pointer: '/person', message: `${output} has a file for each person: ${remedy}` }]);
}

/** The job's file for the answer. Throws `not_found` if it has none because the person is not in the photo. */
export function answerFileOf(id: string, result: JobResult, output: OutputName): JobResult['files'][number] {
  const file = result.files.find((made) => made.output === output);
  if (file !== undefined) return file;
  if (!isPersonal(output)) throw new AppError('internal', 'The job did not produce the requested output.');
  throw new JobProblem('not_found', 'Nothing was found of that person in the photo.', id);
}

/**
 * The type to answer with, by `Accept` (RFC 9110): what the client prefers, and among equals the first in `offered`.
 * Throws `not_acceptable`.
 */
export function acceptedType<Type extends string>(
  accept: string | undefined,
  offered: readonly [Type, ...Type[]],
): Type {
  if (accept === undefined || accept.trim() === '') return offered[0];
  const ranges = parseAccept(accept);
  const rated = offered.map((type) => ({ type, quality: qualityOf(type, ranges) }));
  const best = rated.reduce((a, b) => (b.quality > a.quality ? b : a));
  if (best.quality > 0) return best.type;
  throw new AppError('not_acceptable', `Accept one of: ${offered.join(', ')}.`);
}

interface Range {
  readonly type: string;
  readonly q: number;
}

/** By the most specific range that includes the type. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const wider = [type, `${type.split('/', 1)[0] ?? ''}/*`, '*/*'];
  for (const name of wider) {
    const range = ranges.find((entry) => entry.type.toLowerCase() === name);
    if (range !== undefined) return range.q;
  }
  return 0;
}

/** The result of a job that has ended. Throws the job's own error if it failed. */
export function resultOf(record: JobRecord): JobResult {
  if (record.state !== 'succeeded') throw failureOf(record);
  return readJobResult(record);
}

/** A code that jobs do not fail with is not the request's concern. */
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
      segmentation: z.union([
        z.object({ size: z.tuple([z.int(), z.int()]), counts: z.string() }),
        // Not looked into: there may be hundreds of thousands of numbers.
        z.array(z.custom<number[]>((value) => Array.isArray(value))),
      ]),
    }),
  ),
});

/** The JSON answer. Throws `storage_unavailable`. */
export async function readParseResult(
  id: string,
  result: JobResult,
  { key, storage, signal }: { key: string; storage: Pick<ObjectStorage, 'get'>; signal: AbortSignal },
): Promise<ParseResult> {
  const bytes = await storage.get(key, { maxBytes: bounds.parseAnswer.max, signal });
  const { categories, annotations } = datasetSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  const { model, image, scale, people, timings } = result;
  return {
    ...{ id, model, image, scale: ratio(scale), people },
    masks: annotations.map(({ segmentation }) => segmentation),
    labels: annotations.map(({ category_id: category }) => category),
    scores: annotations.map(({ score }) => score),
    persons: annotations.map(({ person_id: person }) => person),
    categories,
    timings,
  };
}
