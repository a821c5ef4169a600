import type { components } from './api-schema.generated.ts';
import { bucketError, type Connection, jsonBody, newIdempotencyKey, readJson } from './connection.ts';
import { M2fpError } from './errors.ts';
import { type PhotoContent, type PhotoKey, readPhoto, typeOfPhoto } from './photo-input.ts';
import type { CallOptions } from './retry.ts';

type Upload = components['schemas']['Upload'];

export interface UploadOptions extends CallOptions {
  /** The photo's name, which its key ends with. Default: that of the file or the URL. */
  readonly name?: string | undefined;
}

export function createUploads(connection: Connection) {
  return {
    /** Puts a photo straight into the bucket, past the API; what it resolves to is a photo for `parse` and others. */
    create: (photo: PhotoContent, call?: UploadOptions): Promise<PhotoKey> => uploadPhoto(connection, photo, call),
  };
}

async function uploadPhoto(connection: Connection, photo: PhotoContent, call: UploadOptions = {}): Promise<PhotoKey> {
  const idempotencyKey = newIdempotencyKey();
  let denials = 0;
  let file: Awaited<ReturnType<typeof readPhoto>> | undefined;
  return connection.retry(async (signal) => {
    file ??= await readPhoto(photo, connection, signal);
    const { blob, name } = file;
    const request = jsonBody({
      content_type: blob.type || (await typeOfPhoto(blob)),
      bytes: blob.size,
      filename: call.name ?? name,
    });
    const headers = { ...request.headers, 'Idempotency-Key': idempotencyKey };
    const init = { method: 'POST', body: request.body, headers, signal };
    const upload = await connection.send('/v1/uploads', init, readJson<Upload>);
    await put(connection, upload, blob, signal).catch((cause: unknown) => {
      if (!(cause instanceof M2fpError) || cause.status !== 403 || ++denials > 1) throw cause;
      // Its signature may have run out on the way: a new one is worth a try.
      throw new M2fpError('storage_unavailable', cause.message, { status: 403, cause });
    });
    return { key: upload.key };
  }, call);
}

async function put(connection: Connection, upload: Upload, body: Blob, signal: AbortSignal): Promise<void> {
  // The runtime says the length itself; browsers let nobody else do it.
  const { 'content-length': _length, ...headers } = upload.headers;
  try {
    const init = { method: upload.method, headers, body, signal };
    await connection.send(upload.url, init, (response) => response.arrayBuffer());
  } catch (error) {
    throw bucketError(error);
  }
}
