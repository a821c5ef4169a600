import type { HttpResponse } from './http.ts';
import { pullError } from './pull-error.ts';

/** What an answer says about the whole file that it holds all or a part of. */
export interface ResponseFacts {
  /** The first byte that the body holds. */
  start: number;
  /** The file's size, where the server says it. */
  totalBytes: number | undefined;
  /** For `If-Range`: a strong ETag, else the time of the last change. Undefined where a change would go unseen. */
  validator: string | undefined;
  /** A hash of the whole file that the server states of itself, and the header that has it. */
  sha256: { value: string; header: string } | undefined;
}

/** For 200 and 206 only. */
export function readFacts(response: HttpResponse): ResponseFacts {
  const range = response.status === 206 ? parseContentRange(response) : undefined;
  const length = response.header('content-length');
  return {
    start: range?.start ?? 0,
    totalBytes: range === undefined ? (length === undefined ? undefined : Number(length)) : range.totalBytes,
    validator: validatorOf(response),
    sha256: statedHash(response),
  };
}

function parseContentRange(response: HttpResponse): { start: number; totalBytes: number | undefined } {
  const header = response.header('content-range') ?? '';
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header);
  if (match === null) throw pullError(`${response.url} sends a part of the file without saying which.`);
  return { start: Number(match[1]), totalBytes: match[2] === '*' ? undefined : Number(match[2]) };
}

/** RFC 9110 allows no weak ETag in `If-Range`. */
function validatorOf(response: HttpResponse): string | undefined {
  const etag = response.header('etag');
  return etag !== undefined && !etag.startsWith('W/') ? etag : response.header('last-modified');
}

/**
 * Hashes that stores of large files put into a header: model hubs, S3 and its kin, RFC 9530. A plain ETag may be a
 * hash of anything, so it is none of them.
 */
function statedHash(response: HttpResponse): ResponseFacts['sha256'] {
  for (const header of ['x-linked-etag', 'x-amz-meta-sha256', 'x-amz-checksum-sha256', 'repr-digest']) {
    const text = response.header(header) ?? '';
    const hex = /^"?([0-9a-f]{64})"?$/i.exec(text)?.[1];
    if (hex !== undefined) return { value: hex.toLowerCase(), header };
    const base64 = /^(?:sha-256=:)?([A-Za-z0-9+/]{43}=):?$/.exec(text)?.[1];
    if (base64 !== undefined) return { value: Buffer.from(base64, 'base64').toString('hex'), header };
  }
  return undefined;
}
