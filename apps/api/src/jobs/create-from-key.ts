import { readJson } from '../http/body.ts';
import type { ApiDeps } from '../deps.ts';
import { assertInputKey } from '../keys.ts';
import { createJobSchema } from './job-schemas.ts';
import type { JobRecord } from './queue.ts';
import { assertInputObject, assertRoom, createJobData, submitJob } from './submit-job.ts';
import type { CreateRequest } from './submit-job.ts';

/** A key and options as JSON; far more than any valid one needs. */
const maxBodyBytes = 1024 * 1024;

/** A job for a photo that is in S3 already, from a JSON body. */
export async function createJobFromKey(request: CreateRequest, deps: ApiDeps): Promise<JobRecord> {
  const { queue, storage, settings } = deps;
  const { input, ...fields } = await readJson(request.raw, createJobSchema, maxBodyBytes);
  assertInputKey(input.key, settings.inputPrefixes);
  const data = createJobData(request, input.key, fields, settings);
  await Promise.all([assertRoom(queue, settings), assertInputObject(input.key, storage, settings)]);
  return submitJob(queue, request.id, data);
}
