/** The client's part for jobs alone. The service's own page loads no more than this. */
import { type ConnectionOptions, createConnection } from './connection.ts';
import { createJobs } from './jobs.ts';
import { createModels } from './models.ts';

export type { components } from './api-schema.generated.ts';
export { M2fpError } from './errors.ts';
export { decodeIndexedPng } from './indexed-png.ts';
export type { Job } from './job-events.ts';
export { fileName } from './jobs.ts';
export type { Model } from './models.ts';
export type { ParsedPhoto, ResultFile, SucceededJob } from './parsed-photo.ts';
export type { CallOptions } from './retry.ts';

/** `jobs` and `models` of `createClient`. */
export function createJobsClient(options: ConnectionOptions) {
  const connection = createConnection(options);
  return { jobs: createJobs(connection), models: createModels(connection) };
}

export type JobsClient = ReturnType<typeof createJobsClient>;
