import { anonymousOwner, shareNames } from '@m2fp/contract';
import type { ShareLimits } from '@m2fp/contract';
import { commonPrefixes, hasScope, scopes } from '@m2fp/queue/access';
import type { KeyRecord, Scope } from '@m2fp/queue/access';

/** Who sent a request, and what they may do. Made once, when the caller is identified. */
export interface Caller {
  /** Whom the API key belongs to, or `anonymousOwner`. What one owner creates, no other owner sees. */
  readonly owner: string;
  /** Of the API key; undefined without one. */
  readonly keyId: string | undefined;
  may(scope: Scope): boolean;
  /** S3 keys that their jobs may read: each prefix ends with a slash, or is empty for the whole bucket. */
  readonly inputPrefixes: readonly string[];
  /** Where their jobs may write; as for `inputPrefixes`. */
  readonly outputPrefixes: readonly string[];
  /** Where their uploads go: nobody else's are under it. */
  readonly uploadPrefix: string;
  /** Where results go if the request does not say. */
  readonly defaultOutputPrefix: string;
  readonly limits: ShareLimits;
}

/** What the API allows at most; a key may be confined to less. */
export interface PrefixSettings {
  /** S3 keys that jobs may read: each ends with a slash, or is empty for the whole bucket. */
  readonly inputPrefixes: readonly string[];
  /** Under it, each owner's uploads have a folder. */
  readonly uploadPrefix: string;
  /** Under it, each owner's results have a folder, unless the request says otherwise. */
  readonly outputPrefix: string;
  /** Where jobs may write; as for `inputPrefixes`. */
  readonly outputPrefixes: readonly string[];
}

export function callerFromKey(record: KeyRecord, settings: PrefixSettings, shares: ShareLimits): Caller {
  const { owner } = record;
  return {
    owner,
    keyId: record.id,
    may: (scope) => hasScope(record, scope),
    ...ownPrefixes(owner, settings),
    ...confinedPrefixes(record, settings),
    limits: limitsOf(record, shares),
  };
}

function limitsOf(record: KeyRecord, shares: ShareLimits): ShareLimits {
  return Object.fromEntries(shareNames.map((name) => [name, record.shares[name] ?? shares[name]])) as ShareLimits;
}

const noLimits = Object.fromEntries(shareNames.map((name) => [name, null])) as ShareLimits;

/** Any caller while no key is configured: one person on one machine, who shares with nobody. */
export function anonymousCaller(settings: PrefixSettings): Caller {
  const granted = new Set<Scope>(scopes.filter((scope) => scope !== 'admin'));
  const { inputPrefixes, uploadPrefix, outputPrefixes } = settings;
  return {
    owner: anonymousOwner,
    keyId: undefined,
    may: (scope) => granted.has(scope),
    ...ownPrefixes(anonymousOwner, settings),
    inputPrefixes: [...new Set([...inputPrefixes, uploadPrefix])],
    outputPrefixes,
    limits: noLimits,
  };
}

function ownPrefixes(
  owner: string,
  { uploadPrefix, outputPrefix }: PrefixSettings,
): Pick<Caller, 'uploadPrefix' | 'defaultOutputPrefix'> {
  return { uploadPrefix: `${uploadPrefix}${owner}/`, defaultOutputPrefix: `${outputPrefix}${owner}/` };
}

/**
 * An owner's uploads may always be read by the owner. A key that may not write to the owner's default output prefix
 * writes to its own first prefix by default.
 */
function confinedPrefixes(
  { owner, input_prefixes: input, output_prefixes: output }: KeyRecord,
  settings: PrefixSettings,
): Partial<Caller> & Pick<Caller, 'inputPrefixes' | 'outputPrefixes'> {
  const own = ownPrefixes(owner, settings);
  // The folder of everybody's uploads is nobody's to read.
  const readable = settings.inputPrefixes.filter((prefix) => prefix !== settings.uploadPrefix);
  const inputPrefixes = [...new Set([...commonPrefixes(readable, { owner, granted: input }), own.uploadPrefix])];
  const outputPrefixes = commonPrefixes(settings.outputPrefixes, { owner, granted: output });
  const isDefaultAllowed = outputPrefixes.some((prefix) => own.defaultOutputPrefix.startsWith(prefix));
  const [first] = outputPrefixes;
  return {
    inputPrefixes,
    outputPrefixes,
    ...(!isDefaultAllowed && first !== undefined && { defaultOutputPrefix: first }),
  };
}
