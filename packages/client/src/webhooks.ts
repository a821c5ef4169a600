import { Webhook } from 'standardwebhooks';

/** What a webhook says: an event, and the job or batch that it is about. */
export interface WebhookEvent {
  readonly type: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type HeadersLike = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

/**
 * Checks that a webhook comes from the service and is at most five minutes old, and returns what it says. Throws
 * `WebhookVerificationError` (of `standardwebhooks`) where it is not so. The same `webhook-id` may come more than once.
 * @param body the request's body, to the byte as it came
 * @param headers the request's, as `fetch` or Node has them
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
