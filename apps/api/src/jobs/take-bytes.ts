import { AppError } from '@m2fp/contract';
import type { ApiDeps } from '../deps.ts';
import { assertNotEncoded } from '../http/body.ts';
import { assertDeclaredLength } from './take-form.ts';
import { PhotoUpload } from './take-upload.ts';
import type { CreateRequest, TakenPhoto } from './taken-photo.ts';

/** A photo that is the body itself. Where it throws, nothing stays in S3. */
export async function takeBytes(
  request: CreateRequest,
  deps: Pick<ApiDeps, 'storage' | 'settings' | 'log'>,
): Promise<TakenPhoto> {
  const { maxImageBytes } = deps.settings;
  assertNotEncoded(request.raw.headers);
  assertDeclaredLength(request.raw, maxImageBytes, maxImageBytes);
  const upload = new PhotoUpload(request, deps);
  await upload.store(bodyOf(request.raw));
  return { key: upload.key, isUpload: true, identity: upload.sha256(), fields: {} };
}

async function* bodyOf({ body }: Request): AsyncGenerator<Uint8Array> {
  try {
    yield* (body ?? []) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw new AppError('malformed_request', 'The body was cut off.', { cause });
  }
}
