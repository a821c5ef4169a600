import { hasScope, scopes } from '@m2fp/queue/access';
import type { KeyRecord, Scope } from '@m2fp/queue/access';
import { anonymousOwner } from '@m2fp/contract';

/** Who asks, and what they may do. */
export interface Caller {
  /** An API key's id, or `anonymousOwner`. */
  readonly owner: string;
  readonly may: (scope: Scope) => boolean;
  /** Null: all that the API allows. */
  readonly inputPrefixes: readonly string[] | null;
  readonly outputPrefixes: readonly string[] | null;
  /** Null: no limit. */
  readonly requestsPerMinute: number | null;
}

export function callerOf(record: KeyRecord): Caller {
  return {
    owner: record.id,
    may: (scope) => hasScope(record, scope),
    inputPrefixes: record.input_prefixes,
    outputPrefixes: record.output_prefixes,
    requestsPerMinute: record.requests_per_minute,
  };
}

/** Whoever asks while no key is configured. Only on this very machine do they look after the queues too. */
export function anonymousCaller(isLoopback: boolean): Caller {
  const granted = new Set<Scope>(scopes.filter((scope) => scope !== 'admin' || isLoopback));
  return {
    owner: anonymousOwner,
    may: (scope) => granted.has(scope),
    inputPrefixes: null,
    outputPrefixes: null,
    requestsPerMinute: null,
  };
}
