import type { IncomingMessage } from 'node:http';
import { bounds } from '@m2fp/contract';
import type { ErrorCode, ShareName } from '@m2fp/contract';
import type { Context } from 'hono';
import type { Logger } from '@m2fp/service/logger';
import type { Authenticator } from '../access/authenticator.ts';
import type { Caller } from '../access/caller.ts';
import { ShareExceeded } from '../access/share-refusals.ts';
import { BodyHold } from '../access/shares.ts';
import type { Shares } from '../access/shares.ts';

/** Who else may call without a key. */
export interface LetIn {
  /** Names, in lower case and without a port, by which the API may be called besides this machine's. */
  readonly allowedHosts: readonly string[];
  /** Origins whose pages may make a browser on this machine call it. */
  readonly corsOrigins: readonly string[];
}

/** What every handler finds in its context. */
export interface ApiEnv {
  /** From Node's server; nothing in tests without a socket. */
  Bindings: { readonly incoming?: IncomingMessage };
  Variables: {
    requestId: string;
    /** Trace context (W3C) for what the request creates; undefined if there is none. */
    traceparent: string | undefined;
    authenticator: Authenticator;
    /** Who may call without a key, besides this machine. */
    letIn: LetIn;
    shares: Shares;
    /** What the caller's owner has of shares, as the answer says it. */
    held: Readonly<Partial<Record<ShareName, number>>> | undefined;
    /** The share that was exceeded, if that is why the request was refused. */
    exceeded: ShareName | undefined;
    /** What is held for the request's body; released with the answer, at the latest. */
    hold: BodyHold | undefined;
    /** Undefined on public routes; read it with `callerOf`. */
    caller: Caller | undefined;
    /** Child logger with the request's id. */
    log: Logger;
    /** The answer holds something that its compressed length must not give away. */
    holdsSecrets: boolean | undefined;
    /** The problem that was answered, for the request's line in the log. */
    problemCode: ErrorCode;
  };
}

/** The request as Node's server has it; undefined in tests without a socket. */
export function incomingOf({ env }: Context<ApiEnv>): IncomingMessage | undefined {
  return (env as ApiEnv['Bindings'] | undefined)?.incoming;
}

/** Who sent the request, and what they may do. Not for public routes: those have no caller. */
export function callerOf(context: Context<ApiEnv>): Caller {
  const caller = context.get('caller');
  if (caller === undefined) throw new Error(`${context.req.path} is public and has no caller`);
  return caller;
}

/** A request whose body may be read. */
export interface RequestBody {
  readonly raw: Request;
  readonly hold: BodyHold;
  /** Counts it as so many further requests. Throws `rate_limited`. */
  readonly count: (requests: number) => Promise<void>;
}

export function bodyOf(context: Context<ApiEnv>): RequestBody {
  const hold = context.get('hold') ?? new BodyHold(context.get('shares'), callerOf(context));
  context.set('hold', hold);
  return { raw: context.req.raw, hold, count: (requests) => countFurther(context, requests) };
}

/** What an entry of a page takes at most while the page is made, in copies of its record, its summary and its text. */
const entryBytes = 64 * 1024;

/**
 * Counts a page of so many entries as what it costs, and waits for room to make it: an owner may ask for a minute's
 * worth of pages at once. Throws `rate_limited` and `overloaded`.
 */
export async function beginPage(context: Context<ApiEnv>, entries: number): Promise<void> {
  const further = Math.ceil(entries / bounds.entriesPerRequest.max) - 1;
  if (further > 0) await countFurther(context, further);
  await bodyOf(context).hold.keepSoon(entries * entryBytes, context.req.raw.signal);
}

async function countFurther(context: Context<ApiEnv>, requests: number): Promise<void> {
  const caller = callerOf(context);
  // The first was counted before: more than the whole bucket would never be allowed.
  const cost = Math.min(requests, (caller.limits.requests ?? Infinity) - 1);
  if (cost < 1) return;
  const verdict = await context.get('authenticator').countRequest(caller, cost);
  if (verdict?.isAllowed === false) throw new ShareExceeded('requests', verdict.limit, verdict.retryAfterS);
}
