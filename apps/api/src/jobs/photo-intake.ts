/**
 * The photo of a create, by the kind of its body: a key of an object that is already in S3 (JSON), a multipart form
 * with the photo, or the photo itself. Uploads are stored while they arrive. If anything here throws, nothing stays in
 * S3.
 */
import { AppError, bounds } from '@m2fp/contract';
import type { JobWebhook } from '@m2fp/contract';
import type { z } from 'zod';
import { overloaded } from '../access/share-refusals.ts';
import type { ApiDeps, ApiSettings } from '../deps.ts';
import {
  assertNotEncoded,
  declaredLength,
  isJson,
  isMultipart,
  mediaType,
  readJson,
  unsupportedMediaType,
} from '../http/body.ts';
import { fileNameIn } from '../http/content-disposition.ts';
import { assertJsonShape } from '../http/json-shape.ts';
import { readForm } from '../http/multipart.ts';
import { InvalidRequest, jsonPointer, parseOrRefuse } from '../http/problem.ts';
import { assertInputKey } from '../object-keys.ts';
import type { CreateFields, CreateRequest } from './create-request.ts';
import { PhotoUpload } from './photo-upload.ts';
import type { JobQueue } from './queue.ts';

/** What a client may say about a job besides its photo. */
export type JobFields = CreateFields<JobWebhook>;

/** A photo that is in S3, and what to make of it. */
export interface ReceivedPhoto {
  readonly key: string;
  /** Its own name, if that is not the last part of its key. */
  readonly name?: string;
  /** It came with the request and belongs to it alone. */
  readonly isUpload: boolean;
  /** What identifies it when the request is sent again: its key, or the SHA-256 of its bytes. */
  readonly identity: string;
  readonly fields: JobFields;
}

/** The bodies that a route accepts. */
export interface AcceptedBodies {
  readonly json: z.ZodType<JobFields & { readonly input: { readonly key: string } }>;
  /** The form's fields besides the photo, parsed from JSON. */
  readonly form: z.ZodType<JobFields>;
  readonly formFields: readonly string[];
  /** Whether the photo may be the body itself. */
  readonly acceptsBytes: boolean;
}

type IntakeDeps = Pick<ApiDeps, 'queue' | 'idempotency' | 'storage' | 'settings' | 'log'>;

/** An upload does not begin while the backlog is full, unless the request may have been sent before. */
export async function receivePhoto(
  request: CreateRequest,
  accepted: AcceptedBodies,
  deps: IntakeDeps,
): Promise<ReceivedPhoto> {
  const { headers } = request.raw;
  if (isJson(headers)) return readKey(request, accepted);
  const isBytes = accepted.acceptsBytes && isPhoto(headers);
  if (!isBytes && !isMultipart(headers)) throw unsupportedMediaType(namesOf(accepted));
  if (!(await isRepeated(request, deps))) await assertBacklogRoom(request, deps.queue, deps.settings);
  return isBytes ? storeBody(request, deps) : storeForm(request, accepted, deps);
}

/** The content type only has to say that it is a photo; the first bytes decide which format it is. */
function isPhoto(headers: Headers): boolean {
  const type = mediaType(headers) ?? '';
  return type.startsWith('image/') || type === 'application/octet-stream';
}

function namesOf({ acceptsBytes }: AcceptedBodies): string {
  const others = 'application/json or multipart/form-data';
  return acceptsBytes ? `a photo (image/*, application/octet-stream), ${others}` : others;
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
  queue: Pick<JobQueue, 'backlog'>,
  { maxBacklog }: Pick<ApiSettings, 'maxBacklog'>,
): Promise<void> {
  const backlog = await queue.backlog();
  if (backlog < maxBacklog) return;
  if (unfinishedJobs !== undefined && unfinishedJobs < bounds.assuredJobs.max) return;
  throw overloaded(`${backlog} jobs are already waiting.`);
}

/** A photo that is already in S3. Whether it really is there is not checked yet. */
async function readKey(request: CreateRequest, { json }: AcceptedBodies): Promise<ReceivedPhoto> {
  const { caller, hold } = request;
  const { input, ...fields } = await readJson(request, json, bounds.jsonBody.max);
  hold.release();
  assertInputKey(input.key, caller);
  return { key: input.key, isUpload: false, identity: input.key, fields };
}

/** A photo that is the body itself. */
async function storeBody(request: CreateRequest, deps: IntakeDeps): Promise<ReceivedPhoto> {
  const { raw, hold } = request;
  const { maxImageBytes } = deps.settings;
  assertNotEncoded(raw.headers);
  assertDeclaredLength(raw, maxImageBytes, maxImageBytes);
  const count = await countUpload(request);
  const upload = new PhotoUpload(request, deps);
  await upload.store(bytesOf(raw, count));
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
async function storeForm(request: CreateRequest, accepted: AcceptedBodies, deps: IntakeDeps): Promise<ReceivedPhoto> {
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
    if (!form.hasFile) throw new InvalidRequest([{ pointer: '/image', message: 'Required: the photo, as a file' }]);
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
  if ((declaredLength(request.headers) ?? 0) <= maxBytes) return;
  throw imageTooLarge(maxImageBytes);
}

function imageTooLarge(maxImageBytes: number): AppError {
  return new AppError('image_too_large', `The image is too large: at most ${maxImageBytes} bytes are allowed.`);
}

/** Each field is JSON. Throws `InvalidRequest`. */
function parseFields(fields: ReadonlyMap<string, string>, { form }: AcceptedBodies): JobFields {
  const values = [...fields].map(([name, text]) => {
    assertJsonShape(Buffer.from(text));
    try {
      return [name, JSON.parse(text) as unknown];
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'not JSON';
      throw new InvalidRequest([{ pointer: jsonPointer([name]), message: `Not valid JSON: ${reason}` }]);
    }
  });
  return parseOrRefuse(form, Object.fromEntries(values));
}
