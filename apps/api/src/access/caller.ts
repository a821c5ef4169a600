import { anonymousOwner } from '@m2fp/contract';
import { commonPrefixes, hasScope, scopes } from '@m2fp/queue/access';
import type { KeyRecord, Scope } from '@m2fp/queue/access';

/** Who sent a request, and what they may do. Made once, when the caller is identified. */
export interface Caller {
  /** An API key's id, or `anonymousOwner`. What one owner creates, no other owner sees. */
  readonly owner: string;
  may(scope: Scope): boolean;
  /** S3 keys that their jobs may read: each prefix ends with a slash, or is empty for the whole bucket. */
  readonly inputPrefixes: readonly string[];
  /** Where their jobs may write; as for `inputPrefixes`. */
  readonly outputPrefixes: readonly string[];
  /** Where results go if the request does not say. */
  readonly defaultOutputPrefix: string;
  /** Null: no limit. */
  readonly requestsPerMinute: number | null;
  /** Unfinished jobs that they may have at once. Null: no limit. */
  readonly jobsAtOnce: number | null;
}

/** What the API allows at most; a key may be confined to less. */
export interface PrefixSettings {
  /** S3 keys that jobs may read: each ends with a slash, or is empty for the whole bucket. */
  readonly inputPrefixes: readonly string[];
  readonly uploadPrefix: string;
  /** Where results go unless the request says otherwise. */
  readonly outputPrefix: string;
  /** Where jobs may write; as for `inputPrefixes`. */
  readonly outputPrefixes: readonly string[];
}

export function callerFromKey(record: KeyRecord, settings: PrefixSettings): Caller {
  return {
    owner: record.id,
    may: (scope) => hasScope(record, scope),
    ...confinedPrefixes(record.input_prefixes, record.output_prefixes, settings),
    requestsPerMinute: record.requests_per_minute,
    jobsAtOnce: record.jobs_at_once,
  };
}

/** Any caller while no key is configured. Only on this machine itself may they manage the queues too. */
export function anonymousCaller(isLoopback: boolean, settings: PrefixSettings): Caller {
  const granted = new Set<Scope>(scopes.filter((scope) => scope !== 'admin' || isLoopback));
  return {
    owner: anonymousOwner,
    may: (scope) => granted.has(scope),
    ...confinedPrefixes(null, null, settings),
    requestsPerMinute: null,
    jobsAtOnce: null,
  };
}

/**
 * Uploads may always be read: their keys cannot be guessed. A key that may not write to the API's default output
 * prefix writes to its own first prefix by default.
 */
function confinedPrefixes(
  input: readonly string[] | null,
  output: readonly string[] | null,
  settings: PrefixSettings,
): Pick<Caller, 'inputPrefixes' | 'outputPrefixes' | 'defaultOutputPrefix'> {
  const { uploadPrefix, outputPrefix } = settings;
  const inputPrefixes = [...new Set([...commonPrefixes(settings.inputPrefixes, input), uploadPrefix])];
  const outputPrefixes = commonPrefixes(settings.outputPrefixes, output);
  const isDefaultAllowed = outputPrefixes.some((prefix) => outputPrefix.startsWith(prefix));
  const defaultOutputPrefix = isDefaultAllowed ? outputPrefix : (outputPrefixes[0] ?? outputPrefix);
  return { inputPrefixes, outputPrefixes, defaultOutputPrefix };
}
