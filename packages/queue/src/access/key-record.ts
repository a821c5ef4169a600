import { anonymousOwner, ownerShares, shareNames } from '@m2fp/contract';
import type { ShareName } from '@m2fp/contract';
import { z } from 'zod';
import { apiKeyIdPattern } from './api-key.ts';

/** What a key may do. `admin` may do everything, and alone sees `/admin`. */
export const scopes = ['jobs:read', 'jobs:write', 'batches', 'webhooks', 'metrics', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** What a key may do by default. */
export const defaultScopes: readonly Scope[] = ['jobs:read', 'jobs:write', 'batches', 'webhooks'];

/** A name that can be part of an S3 key and of a Redis key as it is. */
const ownerPattern = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** The owner of what is not any tenant's: keys that see across owners, with the scopes `metrics` and `admin`. */
export const operatorOwner = 'operator';
export const operatorScopes: ReadonlySet<Scope> = new Set(['metrics', 'admin']);

/** Why there can be no key with these scopes for the owner, as a sentence to show; undefined if there can. */
export function ownerFault(owner: string, granted: readonly Scope[]): string | undefined {
  if (!ownerPattern.test(owner)) return 'An owner has 1 to 63 of a-z, 0-9, _ and -, and begins with a letter or digit.';
  if (owner === anonymousOwner) return `${anonymousOwner} is the owner of what was made without a key.`;
  const wide = granted.filter((scope) => operatorScopes.has(scope));
  if (wide.length === 0 || owner === operatorOwner) return undefined;
  return `${wide.join(' and ')} see what every owner does: that takes a key of the owner ${operatorOwner}.`;
}

const prefixes = z.array(z.string().min(1).endsWith('/')).min(1).nullable();

const shares = z.strictObject(
  Object.fromEntries(shareNames.map((name) => [name, z.int().min(1).max(ownerShares[name].most).optional()])) as Record<
    ShareName,
    z.ZodOptional<z.ZodInt>
  >,
);

/** What is stored for a key: never its secret. */
const currentSchema = z.strictObject({
  v: z.literal(2),
  id: z.string().regex(apiKeyIdPattern),
  name: z.string().min(1).max(100),
  /** Who stands behind it. What an owner's keys create belongs to the owner, and survives them. */
  owner: z.string().regex(ownerPattern),
  secret_sha256: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(z.enum(scopes)).min(1),
  /** Null: the owner's own, under each prefix that the API allows. */
  input_prefixes: prefixes,
  output_prefixes: prefixes,
  /** Where they differ from the API's own. They count for the owner, whichever key uses them up. */
  shares,
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable(),
  revoked_at: z.iso.datetime().nullable(),
});
export type KeyRecord = Readonly<z.infer<typeof currentSchema>>;

/** Before there were owners: each key is its own. */
const firstSchema = z
  .strictObject({
    ...currentSchema.omit({ v: true, owner: true, shares: true, expires_at: true }).shape,
    v: z.literal(1),
    requests_per_minute: z.int().min(1).max(1_000_000).nullable(),
    jobs_at_once: z.int().min(1).max(1_000).nullable(),
  })
  .transform(({ requests_per_minute: requests, jobs_at_once: jobs, ...record }): KeyRecord => {
    const own = { ...(requests !== null && { requests }), ...(jobs !== null && { jobs }) };
    return { ...record, v: 2, owner: record.id, shares: own, expires_at: null };
  });

export const keyRecordSchema = z.union([currentSchema, firstSchema]);

/** What is chosen when a key is created. */
export type KeyGrant = Pick<
  KeyRecord,
  'name' | 'owner' | 'scopes' | 'input_prefixes' | 'output_prefixes' | 'shares' | 'expires_at'
>;

export function hasScope({ scopes: granted }: Pick<KeyRecord, 'scopes'>, scope: Scope): boolean {
  return granted.includes(scope) || granted.includes('admin');
}

/** Whether it opens anything at that time. */
export function isValid({ revoked_at: revoked, expires_at: end }: KeyRecord, atMs = Date.now()): boolean {
  return revoked === null && (end === null || Date.parse(end) > atMs);
}
