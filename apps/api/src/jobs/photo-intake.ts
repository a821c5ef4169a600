/**
 * The photo of a create, by the kind of its body: a key of an object that is already in S3 (JSON), a multipart form
 * with the photo, or the photo itself. Uploads are stored while they arrive. If anything here throws, nothing stays in
 * S3.
 */
import { AppError, bounds, nameInUrl } from '@m2fp/contract';
import type { JobWebhook } from '@m2fp/contract';
import { targetFault } from '@m2fp/service/outgoing-targets';
import type { z } from 'zod';
import { overloaded } from '../access/share-refusals.ts';
import type { ApiDeps, ApiSettings } from '../deps.ts';
import { assertNotEncoded, declaredLength, isJson, isMultipart, mediaType, readJson } from '../http/body.ts';
import { fileNameIn } from '../http/content-disposition.ts';
import { assertJsonShape } from '../http/json-shape.ts';
import { readForm } from '../http/multipart.ts';
import { InvalidRequest, jsonPointer, parseOrRefuse } from '../http/problem.ts';
import { assertPhotoBody, curlsOwnType, jsonHint, wrongType } from '../mending/bodies.ts';
import { assertInputKey } from '../object-keys.ts';
import type { CreateFields, CreateRequest } from './create-request.ts';
import type { inputSchema } from './job-schemas.ts';
import { PhotoUpload } from './photo-upload.ts';
import type { JobQueue } from './queue.ts';

/** What a client may say about a job besides its photo. */
export type JobFields = CreateFields<JobWebhook>;

/** A photo that is in S3, or that a worker is to fetch, and what to make of it. */
export type ReceivedPhoto<Fields extends object = JobFields> = PhotoPlace & PhotoFacts<Fields>;

/** An upload came with the request and belongs to it alone. */
type PhotoPlace =
  | { readonly key: string; readonly isUpload: boolean; readonly url?: undefined }
  | { readonly url: string; readonly isUpload: false; readonly key?: undefined };

interface PhotoFacts<Fields extends object> {
  /** Its own name, if that is not the last part of its key. */
  readonly name?: string;
  /** What identifies it when the request is sent again: its key or URL, or the SHA-256 of its bytes. */
  readonly identity: string;
  readonly fields: Partial<Fields>;
  /** The model that had room in its queue before the photo was stored; undefined if none was looked at. */
  readonly roomFor?: string | undefined;
}

/** The bodies that a route accepts. */
export interface AcceptedBodies<Fields extends object = JobFields> {
  readonly json: z.ZodType<Fields & { readonly input: z.infer<typeof inputSchema> }>;
  /** The form's fields besides the photo, parsed from JSON, except for `textFields`, which may be plain text. */
  readonly form: z.ZodType<Fields>;
  readonly formFields: readonly string[];
  readonly textFields: readonly string[];
  /** The model, if the route knows it without the body. */
  readonly model?: string | undefined;
  /** Whether the photo may be the body itself. */
  readonly acceptsBytes: boolean;
}

type IntakeDeps = Pick<ApiDeps, 'queue' | 'models' | 'idempotency' | 'storage' | 'settings' | 'log'>;

/** An upload does not begin while the backlog is full, unless the request may have been sent before. */
export async function receivePhoto<Fields extends object>(
  request: CreateRequest,
  accepted: AcceptedBodies<Fields>,
  deps: IntakeDeps,
): Promise<ReceivedPhoto<Fields>> {
  const { headers } = request.raw;
  if (isJson(headers)) return readReference(request, accepted, deps.settings);
  const isBytes = accepted.acceptsBytes && mayBePhoto(headers);
  if (!isBytes && !isMultipart(headers)) throw wrongType(mediaType(headers), namesOf(accepted));
  const roomFor = await lookForRoom(request, accepted, deps);
  const photo = await (isBytes ? storeBody(request, deps) : storeForm(request, accepted, deps));
  return { ...photo, roomFor };
}

/**
 * The content type only has to leave it open; the first bytes decide. `curl -T` sends none, and `--data-binary` one
 * that is not meant.
 */
function mayBePhoto(headers: Headers): boolean {
  const type = mediaType(headers) ?? curlsOwnType;
  return type.startsWith('image/') || ['application/octet-stream', 'binary/octet-stream', curlsOwnType].includes(type);
}

function namesOf({ acceptsBytes }: Pick<AcceptedBodies, 'acceptsBytes'>): string {
  const others = 'application/json or multipart/form-data';
  return acceptsBytes ? `a photo (image/*, application/octet-stream), ${others}` : others;
}

/**
 * The model that has room for the job, as far as that is known before the body is read: a form says late which one it
 * is for. Throws `overloaded` if there is no room whichever it is.
 */
async function lookForRoom(
  request: CreateRequest,
  { model }: Pick<AcceptedBodies, 'model'>,
  deps: IntakeDeps,
): Promise<string | undefined> {
  const { models } = deps;
  const likely = model ?? models.defaultName;
  if (await isRepeated(request, deps)) return likely;
  try {
    await assertBacklogRoom(request, likely, deps);
    return likely;
  } catch (error) {
    const others = isMultipart(request.raw.headers) ? models.names().filter((name) => name !== likely) : [];
    const looks = await Promise.allSettled(others.map((name) => assertBacklogRoom(request, name, deps)));
    if (looks.some(({ status }) => status === 'fulfilled')) return undefined;
    throw error;
  }
}

async function isRepeated({ caller, idempotencyKey }: CreateRequest, { idempotency }: IntakeDeps): Promise<boolean> {
  return idempotencyKey !== undefined && (await idempotency.find(caller.owner, idempotencyKey)) !== undefined;
}

/**
 * Throws `overloaded` if the backlog is full, unless it is others who fill it, and `queue_unavailable`. An owner with
 * few unfinished jobs is let in: owners take turns, so others cannot be what these wait for.
 */
export async function assertBacklogRoom(
  { unfinishedJobs }: Pick<CreateRequest, 'unfinishedJobs'>,
  model: string,
  { queue, settings: { maxBacklog } }: { queue: Pick<JobQueue, 'backlog'>; settings: Pick<ApiSettings, 'maxBacklog'> },
): Promise<void> {
  const backlog = await queue.backlog(model);
  if (backlog < maxBacklog) return;
  if (unfinishedJobs !== undefined && unfinishedJobs < bounds.assuredJobs.max) return;
  throw overloaded(`${backlog} jobs are already waiting.`);
}

/** A photo that is somewhere already. Whether it really is there is not checked yet. */
async function readReference<Fields extends object>(
  request: CreateRequest,
  { json }: AcceptedBodies<Fields>,
  settings: Pick<ApiSettings, 'inputUrls'>,
): Promise<ReceivedPhoto<Fields>> {
  const { caller, hold } = request;
  const { input, ...rest } = await readJson(request, json, bounds.jsonBody.max);
  hold.release();
  const fields = rest as unknown as Partial<Fields>;
  const { key = '', url } = input;
  if (url !== undefined) {
    assertInputUrl(url, settings.inputUrls, '/input/url');
    const name = nameInUrl(url);
    return { url, ...(name !== undefined && { name }), isUpload: false, identity: url, fields };
  }
  assertInputKey(key, caller);
  return { key, isUpload: false, identity: key, fields };
}

/**
 * Throws `invalid_request` for a URL that can never be fetched, as far as the URL shows. What its host name resolves
 * to, and where it redirects to, is checked by the worker.
 */
export function assertInputUrl(url: string, { rules }: ApiSettings['inputUrls'], pointer: string): void {
  const message = rules === undefined ? 'This service fetches no photos by their URL.' : targetFault(url, rules);
  if (message !== undefined) throw new InvalidRequest([{ pointer, message }]);
}

/** A photo that is the body itself. */
async function storeBody<Fields extends object>(
  request: CreateRequest,
  deps: IntakeDeps,
): Promise<ReceivedPhoto<Fields>> {
  const { raw, hold } = request;
  const { maxImageBytes } = deps.settings;
  assertNotEncoded(raw.headers);
  assertDeclaredLength(raw, maxImageBytes, maxImageBytes);
  const count = await countUpload(request);
  const upload = new PhotoUpload(request, deps);
  await upload.store(bytesOf(raw, count), (head) => assertPhotoBody(head, mediaType(raw.headers)));
  hold.release();
  const name = upload.nameFrom(fileNameIn(raw.headers.get('content-disposition')));
  return { key: upload.key, name, isUpload: true, identity: upload.sha256(), fields: {} };
}

async function* bytesOf({ body }: Request, count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
      count(chunk.byteLength);
      yield chunk;
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('malformed_request', 'The body was cut off.', { cause });
  }
}

/**
 * Holds what the upload needs of this process, once there is room, or throws `rate_limited` or `overloaded`. A body
 * that does not announce its length is counted as it arrives, by the function that is returned.
 */
async function countUpload({ raw, hold }: CreateRequest): Promise<(bytes: number) => void> {
  const declared = declaredLength(raw.headers);
  if (declared !== undefined) hold.expect(declared);
  await hold.keepSoon(Math.min(declared ?? Infinity, bounds.uploadBuffer.max), raw.signal);
  return (bytes) => {
    if (declared === undefined) hold.expect(bytes);
  };
}

/** A photo that is a file in a multipart form. */
async function storeForm<Fields extends object>(
  request: CreateRequest,
  accepted: AcceptedBodies<Fields>,
  deps: IntakeDeps,
): Promise<ReceivedPhoto<Fields>> {
  const { raw, hold } = request;
  const { maxImageBytes } = deps.settings;
  const maxBytes = maxImageBytes + bounds.formFields.max;
  assertDeclaredLength(raw, maxBytes, maxImageBytes);
  const count = await countUpload(request);
  let bytes = 0;
  const upload = new PhotoUpload(request, deps);
  try {
    const form = await readForm(raw, {
      file: 'image',
      fields: accepted.formFields,
      store: (content) => upload.store(content),
      onBytes: (more) => {
        bytes += more;
        if (bytes > maxBytes) throw imageTooLarge(maxImageBytes);
        count(more);
      },
    });
    if (!form.hasFile) {
      const message = 'Required: the photo, as a file: `curl -F image=@photo.jpg`';
      throw new InvalidRequest([{ pointer: '/image', message }]);
    }
    const fields = parseFields(form.fields, accepted);
    hold.release();
    const name = upload.nameFrom(form.fileName);
    return { key: upload.key, name, isUpload: true, identity: upload.sha256(), fields };
  } catch (error) {
    await upload.remove();
    throw error;
  }
}

function assertDeclaredLength(request: Request, maxBytes: number, maxImageBytes: number): void {
  const bytes = declaredLength(request.headers) ?? 0;
  if (bytes > maxBytes) throw imageTooLarge(maxImageBytes, ` This request has ${bytes}.`);
}

function imageTooLarge(maxImageBytes: number, has = ''): AppError {
  const message = `The image is too large: at most ${maxImageBytes} bytes are allowed.${has}`;
  return new AppError('image_too_large', `${message} Send a smaller copy, or have \`MAX_IMAGE_BYTES\` raised.`);
}

/** Each field is JSON, except for those that are text. Throws `InvalidRequest`. */
function parseFields<Fields extends object>(
  fields: ReadonlyMap<string, string>,
  { form, textFields }: AcceptedBodies<Fields>,
): Fields {
  const values = [...fields].map(([name, text]) => {
    if (textFields.includes(name) && !text.startsWith('"')) return [name, text];
    assertJsonShape(Buffer.from(text));
    try {
      return [name, JSON.parse(text) as unknown];
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'not JSON';
      const message = `Not valid JSON: ${reason}.${jsonHint(text)}`;
      throw new InvalidRequest([{ pointer: jsonPointer([name]), message }]);
    }
  });
  return parseOrRefuse(form, Object.fromEntries(values));
}
