/** The receiver's half of Standard Webhooks (https://www.standardwebhooks.com), with the Web Crypto of every runtime. */
import type { Batch } from './batches.ts';
import type { Job } from './job-events.ts';

interface Event<Type extends string, Data> {
  readonly type: Type;
  /** ISO 8601. */
  readonly timestamp: string;
  /** As the API shows it, but without signed URLs, which could have expired. */
  readonly data: Data;
}

type JobOfEvent = Omit<Job, 'progress' | 'queue' | 'webhook' | 'result'>;
type ResultOfEvent = Omit<NonNullable<Job['result']>, 'files' | 'urls_expire_at'> & {
  readonly files: readonly Omit<NonNullable<Job['result']>['files'][number], 'url'>[];
};
type BatchOfEvent = Pick<Batch, 'id' | 'status' | 'created_at' | 'finished_at' | 'metadata' | 'error'> & {
  readonly counts: Readonly<Record<string, number>>;
};

/** The content of a webhook: what happened, and the job or batch that it happened to. */
export type WebhookEvent =
  | Event<'job.succeeded', JobOfEvent & { readonly result: ResultOfEvent }>
  | Event<'job.failed' | 'job.canceled', JobOfEvent>
  | Event<'batch.finished' | 'batch.failed' | 'batch.canceled', BatchOfEvent>;

type HeadersLike = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** The webhook is not from the service, is older than five minutes, or was changed on the way. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
}

const toleranceMs = 5 * 60_000;

/**
 * Checks that a webhook comes from the service and is at most five minutes old; resolves to its content. Throws
 * `WebhookVerificationError` if not. The same `webhook-id` may arrive more than once. This is for receivers, which run
 * on a server: browsers have no use for it.
 * @param body the request's body, byte for byte as received
 * @param headers the request's headers, from `fetch` or Node
 * @param secrets `whsec_…`, from `webhooks.secrets.list()`; of several, one has to fit
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: HeadersLike,
  secrets: string | readonly string[],
): Promise<WebhookEvent> {
  const id = readHeader(headers, 'webhook-id');
  const timestamp = readHeader(headers, 'webhook-timestamp');
  const signatures = readHeader(headers, 'webhook-signature');
  if (id === '' || timestamp === '' || signatures === '') throw refuse('Its headers are missing.');
  const ageMs = Date.now() - Number(timestamp) * 1_000;
  if (!(Math.abs(ageMs) <= toleranceMs)) throw refuse('Its time is more than five minutes away.');
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`);
  const given = signatures.split(' ').flatMap((each) => (each.startsWith('v1,') ? [each.slice('v1,'.length)] : []));
  for (const secret of typeof secrets === 'string' ? [secrets] : secrets) {
    if (await isSignedWith(secret, signed, given)) return JSON.parse(text) as WebhookEvent;
  }
  throw refuse('No signature fits the secret.');
}

/** `verify` compares in constant time. */
async function isSignedWith(secret: string, signed: Uint8Array<ArrayBuffer>, given: string[]): Promise<boolean> {
  const bytes = bytesOf(secret.replace(/^whsec_/, ''));
  if (bytes === undefined || bytes.length === 0) throw new TypeError('A webhook’s secret is whsec_ and Base64.');
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  for (const signature of given.map(bytesOf)) {
    if (signature !== undefined && (await crypto.subtle.verify('HMAC', key, signature, signed))) return true;
  }
  return false;
}

/** Undefined for what is not Base64. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function readHeader(headers: HeadersLike, name: string): string {
  if (headers instanceof Headers) return headers.get(name) ?? '';
  const value = headers[name];
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}

function refuse(why: string): WebhookVerificationError {
  return new WebhookVerificationError(`Not a webhook of the service: ${why}`);
}
