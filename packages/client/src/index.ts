/** A typed client of the service: the routes as the API's document has them, and what one writes by hand every time. */
export { createClient } from './client.ts';
export type { M2fpClient } from './client.ts';
export type { ConnectionOptions } from './connection.ts';
export type { components, operations, paths } from './api-schema.generated.ts';
export type { ParseOptions, SucceededJob } from './parse-photo.ts';
export { M2fpError } from './problem.ts';
export type { Problem } from './problem.ts';
export type { Job, WaitOptions } from './wait-for-job.ts';
export { verifyWebhook } from './webhooks.ts';
export type { WebhookEvent } from './webhooks.ts';
