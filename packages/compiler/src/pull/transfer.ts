import { dirname } from 'node:path';
import { type Http, type HttpResponse, readFacts, type ResponseFacts } from './http.ts';
import { assertFreeSpace, type FreeBytes, type PartFile, writeError } from './part-file.ts';
import type { ExpectedFile } from './published-files.ts';
import { formatBytes, pullError, reasonOf, TransferCut } from './pull-error.ts';

export interface TransferContext {
  readonly http: Http;
  readonly url: string;
  readonly expected: ExpectedFile | undefined;
  readonly freeBytes: FreeBytes;
  readonly signal?: AbortSignal | undefined;
  /** `totalBytes` is undefined if the server does not say it. */
  readonly onProgress: (doneBytes: number, totalBytes: number | undefined) => void;
  readonly onNote: (note: string) => void;
}

/** After these statuses another try may succeed. */
const temporaryStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * One request for what a part still lacks, written to it as it arrives, until the part is as long as the file. Gives
 * the hash that the server stated, if any. Throws `TransferCut` if another try can resume, `model_unavailable` if none
 * would help.
 *
 * A part is extended only if the file is still the one that it was started from: the server checks that by `If-Range`,
 * and its response is checked again here. Otherwise the part starts over.
 */
export async function transfer(context: TransferContext, part: PartFile): Promise<ResponseFacts['sha256']> {
  const { http, url, expected, signal } = context;
  if (!canResume(part, expected)) await part.reset();
  if (part.size > 0 && part.size === expected?.bytes) return undefined;
  const response = await http.get(url, rangeHeaders(part), signal);
  try {
    await checkStatus(response, url, part);
    const facts = readFacts(response);
    await prepare(context, part, response, facts);
    await receive(context, part, response, facts.totalBytes ?? expected?.bytes);
    return facts.sha256;
  } finally {
    response.discard();
  }
}

/** Without a validator a changed file goes unseen, unless the hash of the whole file is known. */
function canResume(part: PartFile, expected: ExpectedFile | undefined): boolean {
  if (expected?.bytes !== undefined && part.size > expected.bytes) return false;
  return part.validator !== undefined || expected?.sha256 !== undefined;
}

function rangeHeaders(part: PartFile): Record<string, string> {
  if (part.size === 0) return {};
  const range = { range: `bytes=${part.size}-` };
  return part.validator === undefined ? range : { ...range, 'if-range': part.validator };
}

async function checkStatus({ status }: HttpResponse, url: string, part: PartFile): Promise<void> {
  if (status === 200 || (status === 206 && part.size > 0)) return;
  if (status === 416) {
    await part.reset();
    throw new TransferCut('the file is shorter than what was already fetched');
  }
  if (temporaryStatuses.has(status)) throw new TransferCut(`the server answers ${status}`);
  if (status === 404 || status === 410) throw pullError(`${url} does not exist (HTTP ${status}).`);
  if (status === 401 || status === 403) {
    throw pullError(`${url} cannot be fetched without signing in (HTTP ${status}).`);
  }
  throw pullError(`${url} cannot be fetched: the server answers ${status}.`);
}

async function prepare(
  context: TransferContext,
  part: PartFile,
  response: HttpResponse,
  facts: ResponseFacts,
): Promise<void> {
  const { url, expected, freeBytes, onNote } = context;
  const { totalBytes } = facts;
  if ((response.header('content-encoding') ?? 'identity') !== 'identity') {
    throw pullError(`${url} is sent compressed although that was not requested, so it cannot be resumed or checked.`);
  }
  if (totalBytes !== undefined && expected?.bytes !== undefined && totalBytes !== expected.bytes) {
    throw pullError(`${url} has ${totalBytes} bytes, but ${expected.bytes} were ${expected.statedBy}.`);
  }
  if (response.status === 206 && !continues(part, facts)) {
    await part.reset();
    throw new TransferCut('the file has changed since the download began');
  }
  if (response.status === 200 && part.size > 0) {
    onNote('The server sends the whole file again: it has changed, or the server cannot resume.');
    await part.reset();
  }
  if (totalBytes !== undefined) await assertFreeSpace(dirname(part.target), totalBytes - part.size, freeBytes);
  const validator = response.status === 206 ? part.validator : facts.validator;
  await part.setOrigin({ url, ...(validator !== undefined && { validator }) });
}

/** A server that honored `If-Range` may omit the validator from its response. */
function continues(part: PartFile, { start, validator }: ResponseFacts): boolean {
  return start === part.size && (validator === undefined || validator === part.validator);
}

async function receive(
  { url, signal, onProgress }: TransferContext,
  part: PartFile,
  { body }: HttpResponse,
  totalBytes: number | undefined,
): Promise<void> {
  onProgress(part.size, totalBytes);
  for await (const chunk of cutAware(body, signal)) {
    if (totalBytes !== undefined && part.size + chunk.length > totalBytes) {
      await part.discard();
      throw pullError(`${url} sends more than its ${totalBytes} bytes.`);
    }
    await part.append(chunk).catch((error: unknown) => {
      throw writeError(part.path, error);
    });
    onProgress(part.size, totalBytes);
  }
  if (totalBytes !== undefined && part.size < totalBytes) {
    throw new TransferCut(`it ended after ${formatBytes(part.size)} of ${formatBytes(totalBytes)}`);
  }
}

/** The body's chunks. An error becomes a `TransferCut`, unless the caller aborted. */
async function* cutAware(body: HttpResponse['body'], signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    signal?.throwIfAborted();
    throw new TransferCut(reasonOf(error), { cause: error });
  }
}
