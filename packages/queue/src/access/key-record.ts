import { z } from 'zod';
import { apiKeyIdPattern } from './api-key.ts';

/** What a key may do. `admin` may do everything, and alone sees `/admin`. */
export const scopes = ['jobs:read', 'jobs:write', 'batches', 'webhooks', 'metrics', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** What a key may do by default. */
export const defaultScopes: readonly Scope[] = ['jobs:read', 'jobs:write', 'batches', 'webhooks'];

const prefixes = z.array(z.string().min(1).endsWith('/')).min(1).nullable();

/** What is stored for a key: never its secret. */
export const keyRecordSchema = z.strictObject({
  v: z.literal(1),
  id: z.string().regex(apiKeyIdPattern),
  name: z.string().min(1).max(100),
  secret_sha256: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(z.enum(scopes)).min(1),
  /** Null: whatever the API allows. */
  input_prefixes: prefixes,
  output_prefixes: prefixes,
  /** Null: no limit. */
  requests_per_minute: z.int().min(1).max(1_000_000).nullable(),
  /** Jobs that may be unfinished at once, not counting those of batches. Null: no limit. */
  jobs_at_once: z.int().min(1).max(1_000).nullable(),
  created_at: z.iso.datetime(),
  revoked_at: z.iso.datetime().nullable(),
});
export type KeyRecord = Readonly<z.infer<typeof keyRecordSchema>>;

/** What is chosen when a key is created. */
export type KeyGrant = Pick<
  KeyRecord,
  'name' | 'scopes' | 'input_prefixes' | 'output_prefixes' | 'requests_per_minute' | 'jobs_at_once'
>;

export function hasScope({ scopes: granted }: Pick<KeyRecord, 'scopes'>, scope: Scope): boolean {
  return granted.includes(scope) || granted.includes('admin');
}

/**
 * The prefixes that both the API and a key allow.
 * @param allowed by the API: each ends with a slash, or is empty for the whole bucket
 * @param granted to the key: each ends with a slash; null = all of `allowed`
 */
export function commonPrefixes(allowed: readonly string[], granted: readonly string[] | null): string[] {
  if (granted === null) return [...allowed];
  const narrower = granted.filter((prefix) => allowed.some((wider) => prefix.startsWith(wider)));
  const whole = allowed.filter((prefix) => granted.some((wider) => prefix.startsWith(wider)));
  return [...new Set([...narrower, ...whole])];
}
