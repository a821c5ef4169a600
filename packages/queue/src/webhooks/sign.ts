import { Webhook } from 'standardwebhooks';

/**
 * The headers of Standard Webhooks. While secrets overlap, each signs: a receiver that knows one of them is content.
 * @param secrets `whsec_…`, newest first
 */
export function signedHeaders(
  id: string,
  at: Date,
  body: string,
  secrets: readonly string[],
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
}
