/** S3's refusals as it sends them: status, message, and what else is in the answer. */
import type { ServerResponse } from 'node:http';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; `KMS.` as S3 passes KMS's own errors on. */
const answers = {
  AccessDenied: [403, 'Access Denied'],
  AllAccessDisabled: [403, 'All access to this object has been disabled'],
  AuthorizationHeaderMalformed: [400, 'The authorization header is malformed; the region is wrong'],
  ExpiredToken: [400, 'The provided token has expired.'],
  IllegalLocationConstraintException: [400, 'The location constraint is incompatible for the region.'],
  InternalError: [500, 'We encountered an internal error. Please try again.'],
  InvalidAccessKeyId: [403, 'The AWS Access Key Id you provided does not exist in our records.'],
  InvalidObjectState: [403, "The operation is not valid for the object's storage class"],
  InvalidRequest: [400, 'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object with Object Lock'],
  InvalidToken: [400, 'The provided token is malformed or otherwise invalid.'],
  'KMS.DisabledException': [400, 'arn:aws:kms:eu-central-1:1:key/2 is disabled.'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchUpload: [404, 'The specified upload does not exist.'],
  PermanentRedirect: [301, 'The bucket you are attempting to access must be addressed using the specified endpoint.'],
  QuotaExceeded: [403, 'The bucket has reached its quota.'],
  RequestTimeTooSkewed: [403, 'The difference between the request time and the current time is too large.'],
  RequestTimeout: [400, 'Your socket connection to the server was not read from or written to within the timeout.'],
  ServiceUnavailable: [503, 'Service is unable to handle request.'],
  SignatureDoesNotMatch: [403, 'The request signature we calculated does not match the signature you provided.'],
  SlowDown: [503, 'Please reduce your request rate.'],
  TemporaryRedirect: [307, 'Please re-send this request to the specified temporary endpoint.'],
  ThrottlingException: [400, 'You have exceeded the rate at which you may call KMS. Reduce the frequency of calls.'],
  TooManyRequests: [429, 'Please reduce your request rate.'],
  XMinioStorageFull: [507, 'Storage backend has reached its minimum free drive threshold.'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type ErrorName = keyof typeof answers;

export interface Refusal {
  readonly name: ErrorName;
  readonly message?: string;
  /** Further elements of the body. */
  readonly elements?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer to HEAD has no body, so neither the name nor the message. */
export function refuse(response: ServerResponse, method: string | undefined, refusal: Refusal): void {
  const [status, usual] = answers[refusal.name];
  response.writeHead(status, { 'content-type': 'application/xml', 'x-amz-request-id': 'R1', ...refusal.headers });
  const elements = { Code: refusal.name, Message: refusal.message ?? usual, ...refusal.elements, RequestId: 'R1' };
  const lines = Object.entries(elements).map(([name, text]) => `<${name}>${text}</${name}>`);
  response.end(method === 'HEAD' ? undefined : `<?xml version="1.0"?><Error>${lines.join('')}</Error>`);
}
