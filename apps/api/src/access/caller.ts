import { anonymousOwner, shareNames } from '@m2fp/contract';
import type { ShareLimits } from '@m2fp/contract';
import { foldersOf, hasScope, prefixesOf, scopes } from '@m2fp/queue/access';
import type { KeyRecord, Prefixes, PrefixSettings, Scope } from '@m2fp/queue/access';

/** Who sent a request, and what they may do. Made once, when the caller is identified. */
export interface Caller extends Prefixes {
  /** Whom the API key belongs to, or `anonymousOwner`. What one owner creates, no other owner sees. */
  readonly owner: string;
  /** Of the API key; undefined without one. */
  readonly keyId: string | undefined;
  may(scope: Scope): boolean;
  readonly limits: ShareLimits;
}

/** @param shares of an owner whose key does not say otherwise */
export function callerFromKey(record: KeyRecord, settings: PrefixSettings, shares: ShareLimits): Caller {
  const limits = shareNames.map((name) => [name, record.shares[name] ?? shares[name]]);
  return {
    owner: record.owner,
    keyId: record.id,
    may: (scope) => hasScope(record, scope),
    ...prefixesOf(record, settings),
    limits: Object.fromEntries(limits) as ShareLimits,
  };
}

const noLimits = Object.fromEntries(shareNames.map((name) => [name, null])) as ShareLimits;

/** Any caller while no key is configured: one person on one machine, who shares with nobody. */
export function anonymousCaller(settings: PrefixSettings): Caller {
  const { inputPrefixes, outputPrefixes, uploadPrefix } = settings;
  return {
    owner: anonymousOwner,
    keyId: undefined,
    may: (scope) => scopes.includes(scope) && scope !== 'admin',
    inputPrefixes: [...new Set([...inputPrefixes, uploadPrefix])],
    outputPrefixes,
    ...foldersOf(anonymousOwner, settings),
    limits: noLimits,
  };
}
