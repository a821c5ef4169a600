import createFetchClient from 'openapi-fetch';
import type { paths } from './api-schema.generated.ts';
import { createSend } from './connection.ts';
import type { ConnectionOptions } from './connection.ts';
import { parsePhoto } from './parse-photo.ts';
import type { ParseOptions, SucceededJob } from './parse-photo.ts';
import { waitForJob } from './wait-for-job.ts';
import type { Job, WaitOptions } from './wait-for-job.ts';
import { verifyWebhook } from './webhooks.ts';

/**
 * A client of the service, for Node and browsers.
 *
 *     const m2fp = createClient({ baseUrl: 'http://127.0.0.1:5000' });
 *     const job = await m2fp.parse(photo, { options: { outputs: ['masks', 'overlay'] } });
 */
export function createClient(options: ConnectionOptions) {
  const send = createSend(options);
  const headers = options.apiKey === undefined ? {} : { Authorization: `Bearer ${options.apiKey}` };
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  return {
    /** Every route, typed from the API's document: `api.GET('/v1/jobs/{id}', { params: { path: { id } } })`. */
    api: createFetchClient<paths>({ baseUrl, headers, ...(options.fetch ? { fetch: options.fetch } : {}) }),
    /** Sends a photo and waits for its result. See `parsePhoto`. */
    parse: (photo: Blob | Uint8Array<ArrayBuffer>, call?: ParseOptions): Promise<SucceededJob> =>
      parsePhoto(send, photo, call),
    jobs: {
      /** Waits for the end of a job, through whatever happens on the way. See `waitForJob`. */
      waitFor: (id: string, call?: WaitOptions): Promise<Job> => waitForJob(send, id, call),
    },
    webhooks: { verify: verifyWebhook },
  };
}

export type M2fpClient = ReturnType<typeof createClient>;
