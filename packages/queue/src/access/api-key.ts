/**
 * An API key as its owner holds it: `m2fp_ID_SECRET`. The id is no secret: it names the key in lists and logs, and owns
 * its jobs. The secret is 256 random bits, so a plain SHA-256 of it can be stored: it is infeasible to guess.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const idBytes = 8;
const secretBytes = 32;
const pattern = /^m2fp_([0-9a-f]{16})_([0-9a-f]{64})$/;

export interface ApiKey {
  readonly id: string;
  readonly secret: string;
}

export const apiKeyIdPattern = /^[0-9a-f]{16}$/;

export function createApiKey(): ApiKey {
  return { id: randomBytes(idBytes).toString('hex'), secret: randomBytes(secretBytes).toString('hex') };
}

export function formatApiKey({ id, secret }: ApiKey): string {
  return `m2fp_${id}_${secret}`;
}

/** Undefined if the text is not a key. */
export function parseApiKey(text: string): ApiKey | undefined {
  const [, id, secret] = pattern.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** SHA-256, hex. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Takes as long for a wrong secret as for the right one. @param hash from `hashSecret` */
export function matchesHash(secret: string, hash: string): boolean {
  const expected = Buffer.from(hash, 'hex');
  const actual = createHash('sha256').update(secret).digest();
  return expected.byteLength === actual.byteLength && timingSafeEqual(actual, expected);
}
