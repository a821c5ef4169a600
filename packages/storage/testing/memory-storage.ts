import { createHash } from 'node:crypto';
import { inputNotFound, objectTooLarge, type ObjectFacts, type ObjectStorage, readCapped } from '../src/storage.ts';

/** Object storage in this process's memory, for unit tests. It passes the same conformance tests as S3. */
export function createMemoryStorage(): ObjectStorage {
  const objects = new Map<string, Uint8Array>();
  const times = new Map<string, Date>();
  return {
    async get(key, { maxBytes, signal }) {
      signal.throwIfAborted();
      const bytes = objects.get(key);
      if (bytes === undefined) throw inputNotFound(key);
      if (bytes.byteLength > maxBytes) throw objectTooLarge(maxBytes);
      return bytes.slice();
    },
    async getStream(key, { signal }) {
      signal.throwIfAborted();
      const bytes = objects.get(key);
      if (bytes === undefined) throw inputNotFound(key);
      return { ...factsOf(bytes), body: ReadableStream.from([bytes.slice()]) };
    },
    async put(key, body, { signal }) {
      signal.throwIfAborted();
      times.set(key, new Date());
      objects.set(key, body.slice());
    },
    async putStream(key, body, limits) {
      const bytes = await readCapped(body, limits);
      times.set(key, new Date());
      objects.set(key, bytes);
      return { bytes: bytes.byteLength };
    },
    async head(key, { signal }) {
      signal.throwIfAborted();
      const bytes = objects.get(key);
      return bytes === undefined ? undefined : factsOf(bytes);
    },
    async remove(keys, { signal }) {
      signal.throwIfAborted();
      for (const key of keys) objects.delete(key);
    },
    async list(prefix, { cursor = '', limit = 1000, signal }) {
      signal.throwIfAborted();
      const found = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > cursor).sort();
      const keys = found.slice(0, limit);
      const page = keys.map((key) => ({
        key,
        bytes: objects.get(key)?.byteLength ?? 0,
        modifiedAt: times.get(key) ?? new Date(),
      }));
      return { keys, objects: page, cursor: found.length > limit ? keys.at(-1) : undefined };
    },
    presignGet: async (key) => `memory:///${encodeURI(key)}?get`,
    presignPut: async (key, { contentType, bytes }) => ({
      url: `memory:///${encodeURI(key)}?put`,
      headers: { 'content-type': contentType, 'content-length': String(bytes) },
    }),
    ping: async ({ signal }) => signal.throwIfAborted(),
    close: () => objects.clear(),
  };
}

function factsOf(bytes: Uint8Array): ObjectFacts {
  return { bytes: bytes.byteLength, etag: `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"` };
}
