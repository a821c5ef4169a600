/** What a caller may give as a photo, and how its bytes are got hold of: once, so that they can be sent again. */
import type { Connection } from './connection.ts';
import { M2fpError } from './errors.ts';
import { orAborted } from './time-limit.ts';

/** The key of a photo that is in the bucket already: `uploads.create` gives one. */
export interface PhotoKey {
  readonly key: string;
}

/** The URL of a photo that the service is to fetch itself, which has to reach it: no byte of it goes through here. */
export interface PhotoUrl {
  readonly url: string;
}

/**
 * A photo: bytes, a `Blob` or `File`, a stream (of the web or of Node), a `Response`, a `URL`, which is fetched here,
 * `{ key }` of one in the bucket, `{ url }` of one that the service is to fetch; as text, a path, or a URL that begins
 * with `http:`, `https:`, `data:`, `file:` or `blob:`, which is fetched here, too. Never pass on text of strangers: it
 * can name any file that the program may read.
 */
export type PhotoInput = PhotoContent | PhotoKey | PhotoUrl;

/** What has to be sent. */
export type PhotoContent =
  Blob | ArrayBuffer | Uint8Array | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | Response | URL | string;

export interface PhotoFile {
  readonly blob: Blob;
  /** Its own name, where that is known. */
  readonly name: string | undefined;
}

/** The service takes 25 MiB unless it is told otherwise. */
const maxPhotoBytes = 256 * 2 ** 20;

/** Throws `M2fpError` with `input_unreadable` or `payload_too_large`, and the signal's reason. */
export async function readPhoto(
  photo: PhotoContent,
  { fetch: get }: Pick<Connection, 'fetch'>,
  signal: AbortSignal,
): Promise<PhotoFile> {
  try {
    return assertSize(await read(photo, get, signal));
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof M2fpError) throw cause;
    throw new M2fpError('input_unreadable', `The photo cannot be read: ${messageOf(cause)}.`, { cause });
  }
}

/** What says where a photo is, to be passed on as it is. */
export function referenceIn(photo: PhotoInput): PhotoKey | PhotoUrl | undefined {
  // What is no photo at all is told when it is read.
  if (typeof photo !== 'object' || photo === null) return undefined;
  // Responses and Node's HTTP messages have a URL, too, which is not what is to be parsed.
  if ('body' in photo || 'getReader' in photo || Symbol.asyncIterator in photo || photo instanceof Blob)
    return undefined;
  if ('key' in photo) return { key: photo.key };
  return 'url' in photo ? { url: String(photo.url) } : undefined;
}

async function read(photo: PhotoContent, get: typeof fetch, signal: AbortSignal): Promise<PhotoFile> {
  if (typeof photo === 'string') {
    if (!/^(?:https?|data|file|blob):/i.test(photo)) return readFile(photo);
    return read(new URL(photo), get, signal);
  }
  if (photo instanceof URL) {
    if (photo.protocol === 'file:') return readFile(photo);
    return { ...(await read(await get(photo, { signal }), get, signal)), name: lastPart(photo) };
  }
  // As a request's missing body.
  if (photo === null || photo === undefined) throw new Error('there is none');
  if (photo instanceof Blob) return { blob: photo, name: photo instanceof File ? photo.name : undefined };
  if (photo instanceof ArrayBuffer || ArrayBuffer.isView(photo))
    return { blob: new Blob([copyOf(photo)]), name: undefined };
  if (photo instanceof Response) {
    if (!photo.ok) throw new Error(`the answer was ${photo.status}`);
    return read(photo.body ?? new Uint8Array(), get, signal);
  }
  return { blob: await collect(photo, signal), name: undefined };
}

/** `Blob` takes no view of shared memory. */
function copyOf(bytes: ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice();
}

async function collect(stream: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>, signal: AbortSignal) {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const source = 'getReader' in stream ? readerOf(stream) : stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await orAborted(Promise.resolve(source.next()), signal);
      if (next.done === true) return new Blob(chunks);
      bytes += next.value.byteLength;
      if (bytes > maxPhotoBytes) throw tooLarge();
      chunks.push(copyOf(next.value));
    }
  } catch (error) {
    void Promise.resolve(source.return?.()).catch(() => undefined);
    throw error;
  }
}

/** Safari's streams cannot be iterated. */
function readerOf(stream: ReadableStream<Uint8Array>): AsyncIterator<Uint8Array, undefined> {
  const reader = stream.getReader();
  return {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? { done, value: undefined } : { done, value };
    },
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

/** What is used of `node:fs/promises`; the types of Node are not there in browsers. */
interface FileSystem {
  readonly stat: (path: string | URL) => Promise<{ readonly size: number }>;
  readonly readFile: (path: string | URL) => Promise<Uint8Array>;
}

async function readFile(path: string | URL): Promise<PhotoFile> {
  const { stat, readFile: readWhole } = fileSystem();
  if ((await stat(path)).size > maxPhotoBytes) throw tooLarge();
  return { blob: new Blob([copyOf(await readWhole(path))]), name: lastPart(path) };
}

/** Without an import, which bundlers for browsers would follow. Node has this since 20.16; Deno and Bun have it too. */
function fileSystem(): FileSystem {
  const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: string): FileSystem | undefined } };
  const found = process?.getBuiltinModule?.('node:fs/promises');
  if (found !== undefined) return found;
  const message = 'There is no file system here to read a path from: give a File, a Blob or a URL.';
  throw new M2fpError('input_unreadable', message);
}

/** Of a path or a URL: what its file is called. */
function lastPart(path: string | URL): string | undefined {
  if (typeof path === 'string') return path.split(/[/\\]/).at(-1);
  const part = path.protocol === 'data:' ? '' : (path.pathname.split('/').at(-1) ?? '');
  try {
    return decodeURIComponent(part) || undefined;
  } catch {
    return part;
  }
}

function assertSize(file: PhotoFile): PhotoFile {
  if (file.blob.size > maxPhotoBytes) throw tooLarge();
  return file;
}

function tooLarge(): M2fpError {
  return new M2fpError('payload_too_large', `A photo has at most ${maxPhotoBytes / 2 ** 20} MiB.`);
}

function messageOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
}

/** By its first bytes; undefined for what the service does not take. */
export async function typeOfPhoto(photo: Blob): Promise<string | undefined> {
  const start = String.fromCharCode(...new Uint8Array(await photo.slice(0, 12).arrayBuffer()));
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (start.startsWith('\x89PNG')) return 'image/png';
  if (start.startsWith('RIFF') && start.endsWith('WEBP')) return 'image/webp';
  return /^.{4}ftypavi[fs]/s.test(start) ? 'image/avif' : undefined;
}
