import type { ApiDeps } from '../deps.ts';
import { isJson, isMultipart, mediaType, unsupportedMediaType } from '../http/body.ts';
import { assertRoom } from './submit-job.ts';
import { takeBytes } from './take-bytes.ts';
import { takeForm } from './take-form.ts';
import { takeKey } from './take-key.ts';
import type { BodyKinds, CreateRequest, TakenPhoto } from './taken-photo.ts';

type TakeDeps = Pick<ApiDeps, 'queue' | 'idempotency' | 'storage' | 'settings' | 'log'>;

/**
 * The photo of a create, by the kind of its body. An upload is not begun where the backlog is full, unless the request
 * may have been sent before.
 */
export async function takePhoto(request: CreateRequest, kinds: BodyKinds, deps: TakeDeps): Promise<TakenPhoto> {
  const { headers } = request.raw;
  if (isJson(headers)) return takeKey(request, kinds, deps);
  const isBytes = kinds.takesBytes && isPhoto(headers);
  if (!isBytes && !isMultipart(headers)) throw unsupportedMediaType(namesOf(kinds));
  if (!(await isKnown(request, deps))) await assertRoom(deps.queue, deps.settings);
  return isBytes ? takeBytes(request, deps) : takeForm(request, kinds, deps);
}

/** What it is, its first bytes tell: the type only has to say that it is a photo. */
function isPhoto(headers: Headers): boolean {
  const type = mediaType(headers) ?? '';
  return type.startsWith('image/') || type === 'application/octet-stream';
}

function namesOf({ takesBytes }: BodyKinds): string {
  const others = 'application/json or multipart/form-data';
  return takesBytes ? `a photo (image/*, application/octet-stream), ${others}` : others;
}

async function isKnown({ owner, idempotencyKey }: CreateRequest, { idempotency }: TakeDeps): Promise<boolean> {
  return idempotencyKey !== undefined && (await idempotency.find(owner, idempotencyKey)) !== undefined;
}
