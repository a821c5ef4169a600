import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Readable } from 'node:stream';
import { QuickRequests, sendRest } from './quick-requests.ts';
import { S3Access } from './s3-access.ts';
import { createS3Client, encryptionHeaders, encryptionInput } from './s3-client.ts';
import {
  isAnswerOfBucket,
  isMissingObject,
  isUnexplained,
  toStorageError,
  translated,
  type StorageOperation,
} from './s3-errors.ts';
import type { S3Settings } from './s3-settings.ts';
import { cappedBytes, dispositionOf, inputNotFound, objectTooLarge, readCapped } from './storage.ts';
import type { ObjectFacts, ObjectPage, ObjectStorage, PresignedPut, PresignPutOptions } from './storage.ts';
import { uploadStream } from './upload-stream.ts';

/**
 * Connections at once by what they are for, each with its own: whoever reads result files slowly, or does not finish an
 * upload, keeps no other work from S3, and a probe always gets through.
 */
const connectionsFor = { reading: 64, writing: 64, asking: 64, probing: 2 };

/** A job may have a file for each of 255 people; the rest of the connections stays free for others. */
const removedAtOnce = 16;

type Clients = Readonly<Record<keyof typeof connectionsFor, S3Client>>;

/** Object storage in a bucket of any S3 service. Nothing is sent before the first operation. */
export function createS3Storage(settings: S3Settings): ObjectStorage {
  const { endpoint, publicEndpoint } = settings;
  const access = new S3Access(settings);
  const entries = Object.entries(connectionsFor).map(([name, connections]) => {
    const checksums = name === 'writing' && settings.checksums;
    return [name, createS3Client(settings, { access, endpoint, connections, checksums })];
  });
  const clients = Object.fromEntries(entries) as Clients;
  const presigner =
    publicEndpoint === undefined
      ? clients.asking
      : createS3Client(settings, { access, endpoint: publicEndpoint, connections: 1 });
  return new S3Storage({ clients, presigner, access }, settings);
}

/**
 * There is no such object: S3 says so, or that we may not read it, and either means that the bucket is there and knows
 * us. HEAD of the bucket would need the right to list it, which no service but the dispatcher should have.
 */
const pingKey = '.m2fp-ping';

interface S3Parts {
  readonly clients: Clients;
  readonly presigner: S3Client;
  readonly access: S3Access;
}

class S3Storage implements ObjectStorage {
  readonly #clients: Clients;
  readonly #presigner: S3Client;
  readonly #access: S3Access;
  readonly #settings: S3Settings;
  /** Each over the connections of its kind. */
  readonly #quick: Readonly<Record<'asking' | 'reading' | 'writing', QuickRequests>>;

  constructor({ clients, presigner, access }: S3Parts, settings: S3Settings) {
    this.#clients = clients;
    this.#presigner = presigner;
    this.#access = access;
    this.#settings = settings;
    const quick = (name: keyof Clients): QuickRequests =>
      new QuickRequests(clients[name], settings.bucket, () => access.region);
    this.#quick = { asking: quick('asking'), reading: quick('reading'), writing: quick('writing') };
  }

  async get(key: string, { maxBytes, signal }: { maxBytes: number; signal: AbortSignal }): Promise<Uint8Array> {
    return translated({ kind: 'read', key, signal }, async () => {
      const { bytes, body } = await this.#open(key, signal);
      if (bytes <= maxBytes) return readCapped(body, { maxBytes, signal });
      body.destroy();
      throw objectTooLarge(maxBytes);
    });
  }

  async #open(key: string, signal: AbortSignal): Promise<ObjectFacts & { body: Readable }> {
    const quick = await this.#quick.reading.get(key, signal);
    if ('body' in quick) return quick;
    const command = new GetObjectCommand(this.#at(key));
    const {
      Body,
      ContentLength = 0,
      ETag,
    } = await sendRest(quick.options, (options) => this.#clients.reading.send(command, options));
    if (!(Body instanceof Readable)) throw inputNotFound(key);
    return { bytes: ContentLength, etag: ETag, body: Body };
  }

  async getStream(
    key: string,
    { signal }: { signal: AbortSignal },
  ): Promise<ObjectFacts & { body: AsyncIterable<Uint8Array> }> {
    const operation = { kind: 'read', key, signal } as const;
    return translated(operation, async () => {
      const { body, ...facts } = await this.#open(key, signal);
      // Even if the caller never begins to read. Once it is over, nothing may stay on a signal that lives for longer.
      const stop = (): void => void body.destroy();
      signal.addEventListener('abort', stop, { once: true });
      body.once('close', () => signal.removeEventListener('abort', stop));
      return { ...facts, body: translatedStream(operation, body, signal) };
    });
  }

  async put(key: string, body: Uint8Array, options: { contentType: string; signal: AbortSignal }): Promise<void> {
    const { contentType, signal } = options;
    const { checksums = false, encryption } = this.#settings;
    const headers = { 'content-type': contentType, ...encryptionHeaders(encryption) };
    await translated({ kind: 'write', key, signal }, async () => {
      // Only the SDK makes checksums.
      const slow = { options: { abortSignal: signal } };
      const left = checksums ? slow : await this.#quick.writing.put(key, body, { headers, signal });
      if (left === undefined) return;
      const command = new PutObjectCommand({ ...this.#stored(key), Body: body, ContentType: contentType });
      await sendRest(left.options, (given) => this.#clients.writing.send(command, given));
    });
  }

  putStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options: { contentType: string; maxBytes: number; signal: AbortSignal },
  ): Promise<{ bytes: number }> {
    return uploadStream(this.#clients.writing, this.#stored(key), body, options);
  }

  async head(key: string, { signal }: { signal: AbortSignal }): Promise<ObjectFacts | undefined> {
    return translated({ kind: 'read', key, signal }, async () => {
      const quick = await this.#quick.asking.head(key, signal);
      if ('bytes' in quick) return quick;
      try {
        const command = new HeadObjectCommand(this.#at(key));
        const { ContentLength = 0, ETag } = await sendRest(quick.options, (options) =>
          this.#clients.asking.send(command, options),
        );
        return { bytes: ContentLength, etag: ETag };
      } catch (error) {
        if (isUnexplained(error)) return this.#explainedHead(key, signal);
        throw error;
      }
    });
  }

  /** By asking for the object itself, whose answer says why there is none. */
  async #explainedHead(key: string, signal: AbortSignal): Promise<ObjectFacts | undefined> {
    try {
      const command = new GetObjectCommand(this.#at(key));
      const { Body, ContentLength = 0, ETag } = await this.#clients.asking.send(command, { abortSignal: signal });
      if (Body instanceof Readable) Body.destroy();
      return { bytes: ContentLength, etag: ETag };
    } catch (error) {
      if (isMissingObject(error)) return undefined;
      throw error;
    }
  }

  /** Each by its own request: not every S3 service supports deleting many in one. */
  async remove(keys: readonly string[], { signal }: { signal: AbortSignal }): Promise<void> {
    await translated({ kind: 'other', signal }, async () => {
      for (let from = 0; from < keys.length; from += removedAtOnce) {
        const removals = keys
          .slice(from, from + removedAtOnce)
          .map((key) => this.#clients.asking.send(new DeleteObjectCommand(this.#at(key)), { abortSignal: signal }));
        const failed = (await Promise.allSettled(removals)).find(({ status }) => status === 'rejected');
        if (failed?.status === 'rejected') throw failed.reason;
      }
    });
  }

  async list(
    prefix: string,
    { cursor, limit = 1000, signal }: { cursor?: string | undefined; limit?: number; signal: AbortSignal },
  ): Promise<ObjectPage> {
    const command = new ListObjectsV2Command({
      Bucket: this.#settings.bucket,
      Prefix: prefix,
      MaxKeys: limit,
      ...(cursor === undefined ? {} : { StartAfter: cursor }),
    });
    return translated({ kind: 'other', signal }, async () => {
      const { Contents = [], IsTruncated = false } = await this.#clients.asking.send(command, { abortSignal: signal });
      const objects = Contents.flatMap(({ Key: key, Size: bytes = 0, LastModified: modifiedAt = new Date() }) =>
        key === undefined ? [] : [{ key, bytes, modifiedAt }],
      );
      const keys = objects.map(({ key }) => key);
      return { keys, objects, cursor: IsTruncated ? keys.at(-1) : undefined };
    });
  }

  async presignGet(key: string, { expiresInS, fileName }: { expiresInS: number; fileName?: string }): Promise<string> {
    const attachment =
      fileName === undefined ? {} : { ResponseContentDisposition: dispositionOf('attachment', fileName) };
    const command = new GetObjectCommand({ ...this.#at(key), ...attachment });
    return getSignedUrl(this.#presigner, command, { expiresIn: expiresInS, signingDate: this.#access.now() });
  }

  async presignPut(key: string, { expiresInS, contentType, bytes }: PresignPutOptions): Promise<PresignedPut> {
    const command = new PutObjectCommand({ ...this.#stored(key), ContentType: contentType, ContentLength: bytes });
    const headers = {
      ...{ 'content-type': contentType, 'content-length': String(bytes) },
      ...encryptionHeaders(this.#settings.encryption),
    };
    const url = await getSignedUrl(this.#presigner, command, {
      expiresIn: expiresInS,
      signingDate: this.#access.now(),
      // They are not signed otherwise, and those of encryption would go into the URL.
      signableHeaders: new Set(['content-type', 'content-length']),
      unhoistableHeaders: new Set(Object.keys(headers)),
    });
    return { url, headers };
  }

  async ping({ signal }: { signal: AbortSignal }): Promise<void> {
    const command = new GetObjectCommand(this.#at(pingKey));
    await translated({ kind: 'other', signal }, async () => {
      try {
        const { Body } = await this.#clients.probing.send(command, { abortSignal: signal });
        if (Body instanceof Readable) Body.destroy();
      } catch (error) {
        if (!isAnswerOfBucket(error)) throw error;
      }
    });
  }

  close(): void {
    for (const client of [...Object.values(this.#clients), this.#presigner]) client.destroy();
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#settings.bucket, Key: key };
  }

  /** An object that is written. */
  #stored(key: string) {
    return { ...this.#at(key), ...encryptionInput(this.#settings.encryption) };
  }
}

async function* translatedStream(
  operation: StorageOperation,
  source: Readable,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* cappedBytes(source, { maxBytes: Infinity, signal });
  } catch (error) {
    throw toStorageError(error, operation);
  }
}
