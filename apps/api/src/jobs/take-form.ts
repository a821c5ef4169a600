import { AppError } from '@m2fp/contract';
import { declaredLength } from '../http/body.ts';
import { InvalidRequest, jsonPointer, parseOrRefuse } from '../http/errors.ts';
import { readForm } from '../http/multipart.ts';
import type { ApiDeps } from '../deps.ts';
import { PhotoUpload } from './take-upload.ts';
import type { BodyKinds, CreateRequest, JobFields, TakenPhoto } from './taken-photo.ts';

/** What a form may add to its photo: text fields, boundaries, part headers. */
const formOverheadBytes = 256 * 1024;

/** A photo that comes along as a multipart form. Where it throws, nothing stays in S3. */
export async function takeForm(
  request: CreateRequest,
  kinds: BodyKinds,
  deps: Pick<ApiDeps, 'storage' | 'settings' | 'log'>,
): Promise<TakenPhoto> {
  assertDeclaredLength(request.raw, deps.settings.maxImageBytes + formOverheadBytes, deps.settings.maxImageBytes);
  const upload = new PhotoUpload(request, deps);
  try {
    const form = await readForm(request.raw, {
      file: 'image',
      fields: kinds.formFields,
      store: (bytes) => upload.store(bytes),
    });
    if (!form.hasFile) throw new InvalidRequest([{ pointer: '/image', message: 'Required: the photo, as a file' }]);
    const fields = parseFields(form.fields, kinds);
    return { key: upload.key, isUpload: true, identity: upload.sha256(), fields };
  } catch (error) {
    await upload.remove();
    throw error;
  }
}

export function assertDeclaredLength(request: Request, mostBytes: number, maxImageBytes: number): void {
  if ((declaredLength(request.headers) ?? 0) <= mostBytes) return;
  throw new AppError('image_too_large', `The image is too large: at most ${maxImageBytes} bytes are allowed.`);
}

/** Each field is JSON text. Throws `InvalidRequest`. */
function parseFields(fields: ReadonlyMap<string, string>, { form }: BodyKinds): JobFields {
  const values = [...fields].map(([name, text]) => {
    try {
      return [name, JSON.parse(text) as unknown];
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'not JSON';
      throw new InvalidRequest([{ pointer: jsonPointer([name]), message: `Not valid JSON: ${reason}` }]);
    }
  });
  return parseOrRefuse(form, Object.fromEntries(values));
}
