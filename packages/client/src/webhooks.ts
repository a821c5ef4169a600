import { Webhook } from 'standardwebhooks';

/** The content of a webhook: an event, and the job or batch it is about. */
export interface WebhookEvent {
  readonly type: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type HeadersLike = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

/**
 * Checks that a webhook comes from the service and is at most five minutes old, and returns its content. If not, throws
 * `WebhookVerificationError` (of `standardwebhooks`). The same `webhook-id` may arrive more than once. This is for
 * receivers, which run on a server: browsers have no use for it.
 * @param body the request's body, byte for byte as received
 * @param headers the request's headers, from `fetch` or Node
 * @param secret `whsec_…`, from `GET /v1/webhooks/secrets`
 */
export function verifyWebhook(body: string | Uint8Array, headers: HeadersLike, secret: string): WebhookEvent {
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const signed = Object.fromEntries(names.map((name) => [name, readHeader(headers, name)]));
  return new Webhook(secret).verify(text, signed) as WebhookEvent;
}

function readHeader(headers: HeadersLike, name: string): string {
  if (headers instanceof Headers) return headers.get(name) ?? '';
  const value = headers[name];
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}
