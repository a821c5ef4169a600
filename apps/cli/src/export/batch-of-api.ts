/** A batch that is asked for by its id, over HTTP. */
import { createClient, M2fpError, type ResultFile } from '@m2fp/client';
import { AppError, isErrorCode } from '@m2fp/contract';
import type { BatchSource } from './results-of-batch.ts';

export interface ApiAddress {
  readonly url: string;
  readonly key: string | undefined;
}

/** The API gives results, but no photos. Throws AppErrors with the API's own codes. */
export function batchOfApi(id: string, { url, key }: ApiAddress, signal: AbortSignal): BatchSource {
  const client = createClient({ baseUrl: url, apiKey: key });
  return {
    async manifest() {
      try {
        return await client.batches.manifest(id, { signal });
      } catch (error) {
        throw ofApi(error, url);
      }
    },
    async read({ output }, jobId) {
      try {
        // It is one that a format asked for.
        const known = output as ResultFile['output'];
        return await (await client.jobs.files.read(jobId, known, { signal })).bytes();
      } catch (error) {
        throw ofApi(error, url);
      }
    },
    photo: (name) => {
      const message = `The API does not give out photos, such as ${name}: use --photos or --no-photos.`;
      return Promise.reject(new AppError('input_denied', message));
    },
  };
}

/** What else is thrown, such as the signal's reason, stays what it is. */
function ofApi(cause: unknown, url: string): unknown {
  if (!(cause instanceof M2fpError)) return cause;
  if (isErrorCode(cause.code)) return new AppError(cause.code, cause.message, { cause });
  // The client's own: it did not reach a service.
  return new AppError('internal', `${url}: ${cause.message}`, { cause });
}
