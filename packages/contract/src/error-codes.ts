/** What an ordinary job may fail with. */
export const jobFailureCodes = [
  'invalid_request',
  'image_unreadable',
  'image_too_large',
  'unsupported_format',
  'input_not_found',
  'input_denied',
  'input_unavailable',
  'output_denied',
  'model_unavailable',
  'storage_unavailable',
  'timeout',
  'canceled',
  'internal',
] as const;

/**
 * The closed list of error codes that users see, over HTTP (problem+json `code`) and in a failed job's `error.code`.
 * A code, once published, keeps its meaning.
 */
export const errorCodes = [
  ...jobFailureCodes,
  'malformed_request',
  'unsupported_media_type',
  'payload_too_large',
  'not_found',
  'expired',
  'method_not_allowed',
  'not_acceptable',
  'unauthorized',
  'forbidden',
  'conflict',
  'idempotency_mismatch',
  'rate_limited',
  'overloaded',
  'queue_unavailable',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && (errorCodes as readonly string[]).includes(value);
}
