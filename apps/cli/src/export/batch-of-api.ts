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
      const { data, error, response } = await client.api.GET('/v1/batches/{id}', { params: { path: { id } }, signal });
      if (data === undefined) throw ofApi(error?.code, error?.detail ?? `HTTP ${response.status}`);
      if (data.manifest === null)
        throw new AppError('conflict', `The batch is ${data.status}: it has no manifest yet.`);
      const { ok, status, body } = await fetch(data.manifest.url, { signal });
      if (ok && body !== null) return body;
      throw new AppError('storage_unavailable', `The manifest cannot be read: HTTP ${status}.`);
    },
    async read({ output }, jobId) {
      try {
        // It is one that a format asked for.
        const known = output as ResultFile['output'];
        return await (await client.jobs.readFile(jobId, known, { signal })).bytes();
      } catch (error) {
        throw error instanceof M2fpError ? ofApi(error.code, error.message, error) : error;
      }
    },
    photo: (name) => {
      const message = `The API does not give out photos, such as ${name}: use --photos or --no-photos.`;
      return Promise.reject(new AppError('input_denied', message));
    },
  };
}

function ofApi(code: unknown, message: string, cause?: unknown): AppError {
  return new AppError(isErrorCode(code) ? code : 'internal', message, { cause });
}
