import type { components, operations } from './api-schema.generated.ts';
import {
  bucketError,
  type Connection,
  jsonBody,
  newIdempotencyKey,
  type Opened,
  reach,
  readJson,
} from './connection.ts';
import { isTransient, M2fpError } from './errors.ts';
import { Listing, queryOf } from './listing.ts';
import { type CallOptions, timeUp } from './retry.ts';
import { orAborted, pause, startTimeLimit, type TimeLimit } from './time-limit.ts';

export type Batch = components['schemas']['Batch'];

/** Which batches to list: how many per page, and where to begin. */
export type BatchQuery = NonNullable<operations['listBatches']['parameters']['query']>;

type CreateBatch = Omit<components['schemas']['CreateBatch'], 'input'>;

/** Photos that are in the bucket, by their keys or by what all these begin with; or URLs that the service reaches. */
type BatchInput =
  { readonly keys: readonly string[] } | { readonly urls: readonly string[] } | { readonly prefix: string };

export interface CreateBatchOptions extends CreateBatch, CallOptions {
  /** Anything unique: within 24 hours it stands for the same batch. Default: a new one for each call. */
  readonly idempotencyKey?: string | undefined;
}

export interface BatchWaitOptions extends Pick<CallOptions, 'signal' | 'onRetry'> {
  /** How long to wait for the end, ms. Then `wait_timeout` is thrown and the batch goes on. Default: 24 hours. */
  readonly timeoutMs?: number | undefined;
  /** Called with each reading of the batch whose counts or status are new. */
  readonly onProgress?: ((batch: Batch) => void) | undefined;
}

/** What became of one photo of a batch: a line of its manifest. */
export interface BatchItem {
  /** The photo's place in the batch, from 0. */
  readonly index: number;
  /** The photo's key. */
  readonly key: string;
  /** Null if the batch was canceled before the photo's turn. */
  readonly job_id: string | null;
  readonly status: 'succeeded' | 'failed' | 'canceled';
  readonly people?: number;
  readonly image?: { readonly width: number; readonly height: number };
  readonly files?: readonly Omit<components['schemas']['ResultFile'], 'url'>[];
  readonly error?: { readonly code: string; readonly message: string };
}

const waitMs = 24 * 60 * 60_000;
const shortestPollMs = 500;
const longestPollMs = 10_000;

export function createBatches(connection: Connection) {
  const get = (id: string, call?: CallOptions): Promise<Batch> =>
    connection.call(batchPath(id), {}, readJson<Batch>, call);
  return {
    /** Queues many photos. Whatever happens on the way, there is one batch. */
    create: (input: BatchInput, options: CreateBatchOptions = {}): Promise<Batch> => {
      const { signal, timeoutMs, maxRetries, onRetry, idempotencyKey = newIdempotencyKey(), ...fields } = options;
      const { body, headers } = jsonBody({ input, ...fields });
      const init = { method: 'POST', body, headers: { ...headers, 'Idempotency-Key': idempotencyKey } };
      const call = { signal, timeoutMs, maxRetries, onRetry };
      return connection.call('/v1/batches', init, readJson<Batch>, call);
    },
    /** The batch as it is now. */
    get,
    /** Newest first: `await` gives a page, `for await` all of them. */
    list: (query: BatchQuery = {}, call?: CallOptions): Listing<Batch> =>
      new Listing(async (cursor) => {
        const read = readJson<components['schemas']['BatchList']>;
        const page = await connection.call(`/v1/batches${queryOf({ ...query, cursor })}`, {}, read, call);
        return { items: page.batches, nextCursor: page.next_cursor };
      }, query.cursor),
    /** Resolves to the batch; it is `canceling` until the last of its photos has stopped. */
    cancel: (id: string, call?: CallOptions): Promise<Batch> =>
      connection.call(`${batchPath(id)}/cancel`, { method: 'POST' }, readJson<Batch>, call),
    /** Waits until every photo has an outcome, good or bad; resolves to the batch. */
    waitFor: (id: string, call?: BatchWaitOptions): Promise<Batch> => waitForBatch(connection, id, call),
    /** What became of each photo, in order; read in one stream. Throws `conflict` while the batch has not ended. */
    items: (id: string, call?: CallOptions): AsyncGenerator<BatchItem, void> => batchItems(connection, id, call),
    /** The manifest's bytes: `items` as JSON Lines. A stream that breaks off is not resumed. */
    manifest: (id: string, call?: CallOptions): Promise<ReadableStream<Uint8Array>> =>
      connection.retry((signal) => openFile({ connection, id, name: 'manifest', signal, call }), call),
    /** The bytes of the batch's COCO data set, which can be large. Throws `not_found` if it has none. */
    annotations: (id: string, call?: CallOptions): Promise<ReadableStream<Uint8Array>> =>
      connection.retry((signal) => openFile({ connection, id, name: 'annotations', signal, call }), call),
  };
}

async function waitForBatch(connection: Connection, id: string, call: BatchWaitOptions = {}): Promise<Batch> {
  const { signal, onRetry, onProgress, timeoutMs = waitMs } = call;
  let failure: M2fpError | undefined;
  const limit = startTimeLimit(timeoutMs, signal, () => timeUp(timeoutMs, failure, { batchId: id }));
  const note = (error: M2fpError): void => {
    failure = error;
    onRetry?.(error);
  };
  let seen = '';
  try {
    for (let pollMs = shortestPollMs; ; pollMs = Math.min(longestPollMs, pollMs * 1.5)) {
      const batch = await connection.poll(batchPath(id), readJson<Batch>, { signal: limit.signal, onRetry: note });
      failure = undefined;
      const summary = JSON.stringify([batch.status, batch.counts]);
      if (summary !== seen) onProgress?.(batch);
      seen = summary;
      if (hasEnded(batch)) return batch;
      await pause(pollMs, limit.signal);
    }
  } finally {
    limit.end();
  }
}

function hasEnded({ status }: Batch): boolean {
  return status === 'finished' || status === 'failed' || status === 'canceled';
}

/** One that breaks off is opened again, and what was read before is passed over. */
async function* batchItems(
  connection: Connection,
  id: string,
  call: CallOptions = {},
): AsyncGenerator<BatchItem, void> {
  let given = 0;
  for (let failures = 0; ; failures++) {
    const open = (signal: AbortSignal) => openFile({ connection, id, name: 'manifest', signal, call });
    const stream = await connection.retry(open, call);
    try {
      let line = 0;
      for await (const text of linesOf(stream)) {
        if (line++ < given) continue;
        given++;
        failures = 0;
        yield JSON.parse(text) as BatchItem;
      }
      return;
    } catch (error) {
      call.signal?.throwIfAborted();
      if (!isTransient(error) || failures >= maxBreaks) throw error;
      call.onRetry?.(error);
    }
  }
}

/** In a row, without a line in between. */
const maxBreaks = 3;
/** The server that has the file sends something at least so often. */
const silenceMs = 60_000;

interface FileRequest {
  readonly connection: Connection;
  readonly id: string;
  readonly name: 'manifest' | 'annotations';
  /** Of its beginning. */
  readonly signal: AbortSignal;
  /** Its own signal also ends the reading. */
  readonly call: CallOptions | undefined;
}

/** Of the bucket. The deadline of the call is for its beginning; then only silence ends it. */
async function openFile({ connection, id, name, signal, call }: FileRequest): Promise<ReadableStream<Uint8Array>> {
  const batch = await connection.send(batchPath(id), { signal }, readJson<Batch>);
  const file = batch[name];
  if (file === null) {
    if (hasEnded(batch)) throw new M2fpError('not_found', `The batch has no ${name}.`);
    throw new M2fpError('conflict', `The batch is ${batch.status}: it has no ${name} yet.`);
  }
  const opening = connection
    .open(file.url, { signal: call?.signal })
    .catch((error: unknown) => Promise.reject(fileError(error) as Error));
  const { response, limit } = await orAborted(opening, signal).catch((error: unknown) => {
    void opening.then(discard, () => undefined);
    throw error;
  });
  return streamOf(response.body, limit, call?.signal);
}

/** What arrives when nobody waits for it any more. */
function discard({ response, limit }: Opened): void {
  limit.end();
  void response.body?.cancel().catch(() => undefined);
}

function fileError(cause: unknown): unknown {
  const isGone = cause instanceof M2fpError && cause.status === 404;
  return isGone ? new M2fpError('expired', 'The file is no longer kept.', { status: 404, cause }) : bucketError(cause);
}

/** The clock runs only while something is asked of the server: whoever reads may take any time. */
function streamOf(body: Response['body'], limit: TimeLimit, outer: AbortSignal | undefined) {
  const reader = body?.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        limit.renew(silenceMs);
        const next = reader && (await reach(orAborted(reader.read(), limit.signal), outer));
        limit.suspend();
        if (next?.value !== undefined) return controller.enqueue(next.value);
      } catch (error) {
        limit.end();
        throw error;
      }
      limit.end();
      controller.close();
    },
    async cancel() {
      limit.end();
      await reader?.cancel();
    },
  });
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines.filter((line) => line !== '');
    }
    if (rest !== '') yield rest;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function batchPath(id: string): string {
  return `/v1/batches/${encodeURIComponent(id)}`;
}
