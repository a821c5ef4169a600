/** The answer to `POST /parse`, sent so that slow clients and large masks take no more memory than they may. */
import { bounds } from '@m2fp/contract';
import type { JobRecord, OutputName } from '@m2fp/contract';
import type { Context } from 'hono';
import { BodyHold, once } from '../access/shares.ts';
import type { Release } from '../access/shares.ts';
import type { ApiDeps } from '../deps.ts';
import { callerOf } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { JobProblem } from '../http/problem.ts';
import { openFile, readingFile, sending } from '../jobs/result-file.ts';
import { answerFileOf, readParseResult, resultOf } from './parse-answer.ts';

/**
 * Answers with the output of a job that has ended: masks as the answer's own JSON, anything else as its file. Throws
 * the job's own error if it failed, `not_found`, `not_acceptable`, `rate_limited`, `overloaded`, `expired` and
 * `storage_unavailable`.
 */
export async function sendAnswer(
  context: Context<ApiEnv>,
  output: OutputName,
  record: JobRecord,
  deps: ApiDeps,
): Promise<Response> {
  const { storage, settings } = deps;
  const result = resultOf(record);
  const file = answerFileOf(record.id, result, output);
  context.header('x-job-id', record.id);
  if (output !== 'masks') {
    const { bytes, body } = await openFile(file.key, context, deps);
    return context.body(body, 200, { 'content-type': file.content_type, 'content-length': `${bytes}` });
  }
  const hold = new BodyHold(deps.shares, callerOf(context));
  const release = once(() => hold.release());
  try {
    holdAnswer(hold, record.id, file.bytes);
    const parsed = await readingFile(settings.storageTimeoutMs, (signal) =>
      readParseResult(record.id, result, { key: file.key, storage, signal }),
    );
    return sendJson(context, parsed, release);
  } catch (error) {
    release();
    throw error;
  }
}

/** What reading, rewriting and sending masks takes in memory, relative to their bytes in storage. */
const memoryPerByte = 4;

/** Throws `not_acceptable` for masks that are too large for this answer, and `overloaded`; both name the job. */
function holdAnswer(hold: BodyHold, jobId: string, bytes: number): void {
  const { max } = bounds.parseAnswer;
  if (bytes > max) {
    const sizes = `The masks have ${bytes} bytes, more than the ${max} that this answer may have`;
    throw new JobProblem('not_acceptable', `${sizes}: read the job’s file instead.`, jobId);
  }
  try {
    hold.keep(bytes * memoryPerByte);
  } catch {
    throw new JobProblem('overloaded', 'Too many answers are being sent. The job is done: read its file.', jobId);
  }
}

/** Sent in pieces, so that a slow client does not hold the bytes twice. */
const pieceBytes = 64 * 1024;

function sendJson(context: Context<ApiEnv>, value: object, release: Release): Response {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const headers = { 'content-type': 'application/json', 'content-length': `${bytes.byteLength}` };
  return context.body(sending(piecesOf(bytes), context.req.raw.signal, release), 200, headers);
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
