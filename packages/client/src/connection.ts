import { isTransient, M2fpError, readProblem } from './errors.ts';
import { type CallOptions, withRetries } from './retry.ts';
import { orAborted, startTimeLimit, type TimeLimit } from './time-limit.ts';

export interface ConnectionOptions {
  /** Where the service is, such as `https://parsing.example.com`. */
  readonly baseUrl: string;
  /** `m2fp_…`; omit it if the service requires none. */
  readonly apiKey?: string | undefined;
  /** Used instead of the runtime's own. */
  readonly fetch?: typeof fetch | undefined;
  /** How long a call may take that does not wait for a job, ms. Default: 5 minutes. */
  readonly timeoutMs?: number | undefined;
  /** How often a transient failure of such a call is tried again. Default: 5. */
  readonly maxRetries?: number | undefined;
}

/** A response whose body is not read yet. `limit.end()` has to be called once it is. */
export interface Opened {
  readonly response: Response;
  /** Of its body: aborts the reading if nothing more comes in time. */
  readonly limit: TimeLimit;
}

type Init = Omit<RequestInit, 'signal'> & { readonly signal?: AbortSignal | undefined };

/** How requests get to the service. Whatever is thrown is `M2fpError`, or the signal's reason. */
export interface Connection {
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
  /** Of a call that names none. */
  readonly timeoutMs: number;
  /** One try. Throws for a response that is not 2xx. @param target a path of the service, or another server's URL */
  open(target: string, init: Init, beginMs?: number): Promise<Opened>;
  /** One try whose answer is read. */
  send<T>(target: string, init: Init, read: (response: Response) => Promise<T>): Promise<T>;
  /** Tries again what is transient. For requests that may be repeated. */
  call<T>(path: string, init: Omit<Init, 'signal'>, read: Read<T>, options?: CallOptions): Promise<T>;
  /** Reads what is waited for, however long it takes: only the signal and what is final end it. */
  poll<T>(
    path: string,
    read: Read<T>,
    wait: { readonly signal: AbortSignal } & Pick<CallOptions, 'onRetry'>,
  ): Promise<T>;
  /** `call` with another attempt than a request. */
  retry<T>(attempt: (signal: AbortSignal) => Promise<T>, options?: CallOptions): Promise<T>;
}

type Read<T> = (response: Response) => Promise<T>;

/** A server that has nothing to say for so long is gone. */
const answerMs = 60_000;
/** A request that is sent slower than this is given up, bytes per second: a photo of 25 MiB in 27 minutes. */
const leastRate = 16_384;

const callMs = 5 * 60_000;
const callRetries = 5;

export function createConnection(options: ConnectionOptions): Connection {
  const { apiKey, timeoutMs = callMs, maxRetries = callRetries } = options;
  const baseUrl = withoutTrailingSlashes(options.baseUrl);
  const ownFetch = options.fetch ?? ((input, init) => fetch(input, init));

  const open: Connection['open'] = async (target, { signal: outer, ...init }, beginMs = answerMs) => {
    const headers = new Headers(init.headers);
    const isOurs = target.startsWith('/');
    if (isOurs && apiKey !== undefined) headers.set('Authorization', `Bearer ${apiKey}`);
    const limit = startTimeLimit(beginMs + sendingMs(init.body), outer, silent);
    try {
      const url = isOurs ? `${baseUrl}${target}` : target;
      const response = await reach(ownFetch(url, { ...init, headers, signal: limit.signal }), outer);
      if (!response.ok) throw await readProblem(response);
      limit.renew(answerMs);
      return { response, limit };
    } catch (error) {
      limit.end();
      throw error;
    }
  };
  const send: Connection['send'] = async (target, init, read) => {
    const { response, limit } = await open(target, init);
    try {
      const body = read(watched(response, () => limit.renew(answerMs)));
      return await reach(orAborted(body, limit.signal), init.signal);
    } finally {
      limit.end();
    }
  };
  const retry: Connection['retry'] = (attempt, call = {}) => withRetries(attempt, ruleOf(call, timeoutMs, maxRetries));
  return {
    ...{ baseUrl, fetch: ownFetch, timeoutMs, open, send, retry },
    poll: (path, read, { signal: outer, onRetry }) => {
      const attempt = (signal: AbortSignal) => send(path, { signal }, read).catch(throwPassing);
      return retry(attempt, { signal: outer, onRetry, timeoutMs: Infinity, maxRetries: Infinity });
    },
    call: (path, init, read, call) => retry((signal) => send(path, { ...init, signal }, read), call),
  };
}

/** The 404 of a load balancer whose service restarts says nothing about what is waited for. */
function throwPassing(cause: unknown): never {
  if (!(cause instanceof M2fpError) || cause.code !== 'refused' || cause.status !== 404) throw cause;
  const { status, retryAfterMs } = cause;
  throw new M2fpError('network', cause.message, { status, retryAfterMs, cause });
}

/** An option that is undefined is as good as absent. */
function ruleOf(call: CallOptions, timeoutMs: number, maxRetries: number) {
  return { ...call, timeoutMs: call.timeoutMs ?? timeoutMs, maxRetries: call.maxRetries ?? maxRetries };
}

function silent(): Error {
  return new M2fpError('network', 'The server fell silent.');
}

function sendingMs(body: RequestInit['body']): number {
  return body instanceof Blob ? transferMs(body.size) : 0;
}

/** The same response; says whenever a piece of its body arrives. */
function watched(response: Response, onBytes: () => void): Response {
  if (response.body === null) return response;
  const watch = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform: (bytes, controller) => {
      onBytes();
      controller.enqueue(bytes);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(watch), { status, statusText, headers });
}

function transferMs(bytes: number): number {
  return (bytes / leastRate) * 1_000;
}

/** Whatever else the runtime throws is about the connection. */
export async function reach<T>(step: Promise<T>, outer: AbortSignal | undefined): Promise<T> {
  try {
    return await step;
  } catch (cause) {
    outer?.throwIfAborted();
    if (cause instanceof M2fpError) throw cause;
    throw new M2fpError('network', 'The service cannot be reached.', { cause });
  }
}

/** What the bucket, which knows no problem documents, refused. Transient if its status is. */
export function bucketError(cause: unknown): unknown {
  if (!(cause instanceof M2fpError) || cause.status === 0) return cause;
  const { status, retryAfterMs } = cause;
  const code = isTransient(cause) ? 'storage_unavailable' : 'refused';
  return new M2fpError(code, `The bucket answered ${status}.`, { status, retryAfterMs, cause });
}

export async function readJson<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new M2fpError('internal', 'The answer is not JSON: is this the service?', { cause, status: response.status });
  }
}

export function jsonBody(body: unknown): { readonly body: string; readonly headers: Record<string, string> } {
  return { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
}

/** Not `crypto.randomUUID`: browsers have that on HTTPS only. */
export function newIdempotencyKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function withoutTrailingSlashes(url: string): string {
  let end = url.length;
  while (url[end - 1] === '/') end--;
  return url.slice(0, end);
}
