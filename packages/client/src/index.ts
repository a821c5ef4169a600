/** A typed client of the service, for Node and browsers: its routes, and what every caller would write by hand. */
export type { components, operations, paths } from './api-schema.generated.ts';
export { createClient, fileName, type Backlog, type M2fpClient, type Model, type ResultFile } from './client.ts';
export type { ConnectionOptions } from './connection.ts';
export type { CreateOptions, ParseOptions, PhotoInput, SucceededJob } from './create-job.ts';
export { isTransient, M2fpError, type Problem } from './errors.ts';
export type { RetryOptions } from './retry.ts';
export type { Job, WaitOptions } from './wait-for-job.ts';
