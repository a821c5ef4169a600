/** How a pool of parser processes is set up, and what it tells. */
import type { CheckBundle } from './bundle-checks.ts';
import type { Deadline, Launcher, ParserProcessSettings } from './parser-process.ts';
import type { ParserSettings } from './protocol.ts';

/** Where the pool's model is. */
export interface BundleSource {
  /** The bundle's folder. Throws `model_unavailable`, `timeout`, `canceled`. */
  find(deadline: Deadline): Promise<string>;
  /** What was found does not work: look again. */
  forget(): void;
  /** What is known of a bundle's files: the others are hashed again. Throws `model_unavailable`. */
  readonly check?: CheckBundle;
}

export interface ParserPoolSettings {
  readonly processes: number;
  /** Callers that may wait for a free process; the next one is refused with `overloaded`. */
  readonly maxWaiting: number;
  /** How long a new process may take to have its model ready. */
  readonly loadTimeoutMs: number;
  /** A process is replaced after this many photos … */
  readonly maxJobs: number;
  /** … or when it holds more memory than this after one. */
  readonly maxRssBytes: number;
  /** A process that has served and has been idle for this long is replaced by a fresh one; 0: never. */
  readonly refreshAfterMs: number;
  readonly model: Omit<ParserSettings, 'bundle' | 'check'>;
  readonly bundles: BundleSource;
  readonly process: Omit<ParserProcessSettings, 'onOutput' | 'onDropped' | 'launcher'>;
  /** How to start a process that reads this bundle. */
  readonly launcher: (bundle: string) => Launcher;
}

/** What happens to processes, for the log. */
export interface PoolEvents {
  onStarted(pid: number, loadMs: number): void;
  onEnded(pid: number, why: 'recycled' | 'lost', how: string): void;
  onOutput(pid: number, line: string): void;
}

/**
 * Why a parser process ended. On purpose: it had parsed its number of photos (`photos`), held too much (`memory`), or
 * was replaced while idle (`idle`). Or it was lost: killed for a `timeout` or because its job was `canceled`, without a
 * model that it could load (`no_model`), or by itself (`crashed`).
 */
export const parserEndReasons = {
  photos: 'recycled',
  memory: 'recycled',
  idle: 'recycled',
  timeout: 'lost',
  canceled: 'lost',
  no_model: 'lost',
  crashed: 'lost',
} as const;
export type ParserEndReason = keyof typeof parserEndReasons;

export interface PoolStats {
  readonly waiting: number;
  readonly started: number;
  readonly recycled: number;
  /** Crashed, or killed for a deadline or a cancel. */
  readonly lost: number;
  /** The same by reason. */
  readonly ends: Readonly<Record<ParserEndReason, number>>;
  readonly processes: readonly { pid: number; busy: boolean; photos: number; rssBytes: number }[];
}
