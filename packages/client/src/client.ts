import createFetchClient from 'openapi-fetch';
import type { paths } from './api-schema.generated.ts';
import { createBatches } from './batches.ts';
import { type ConnectionOptions, createConnection } from './connection.ts';
import { createJobs, parsePhoto, type ParseOptions } from './jobs.ts';
import { createModels } from './models.ts';
import type { ParsedPhoto } from './parsed-photo.ts';
import type { PhotoInput } from './photo-input.ts';
import { createUploads } from './uploads.ts';
import { withTimeout } from './time-limit.ts';
import { createWebhooks } from './webhooks.ts';

/**
 * A client of the service, for Node, Deno, Bun, Workers and browsers.
 *
 * ```ts
 * const m2fp = createClient({ baseUrl: 'http://127.0.0.1:5000' });
 * const photo = await m2fp.parse('photo.jpg', { options: { outputs: ['masks', 'overlay'] } });
 * const overlay = await photo.file('overlay');
 * ```
 */
export function createClient(options: ConnectionOptions) {
  const connection = createConnection(options);
  const jobs = createJobs(connection);
  return {
    /** Has a photo parsed and waits for what is found. Throws `M2fpError`, also if its job fails or is canceled. */
    parse: (photo: PhotoInput, call?: ParseOptions): Promise<ParsedPhoto> => parsePhoto(connection, jobs, photo, call),
    jobs,
    batches: createBatches(connection),
    uploads: createUploads(connection),
    webhooks: createWebhooks(connection),
    models: createModels(connection),
    /** Every route, typed from the API's document, such as `api.GET('/v1/jobs')`: one try, in `timeoutMs`. */
    api: createFetchClient<paths>({
      baseUrl: connection.baseUrl,
      headers: options.apiKey === undefined ? {} : { Authorization: `Bearer ${options.apiKey}` },
      fetch: (request) => connection.fetch(request, { signal: withTimeout(request.signal, connection.timeoutMs) }),
    }),
  };
}

export type M2fpClient = ReturnType<typeof createClient>;
