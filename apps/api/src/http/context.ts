import type { ErrorCode } from '@m2fp/contract';
import type { Context } from 'hono';
import type { Logger } from '@m2fp/service/logger';
import type { Authenticator } from '../access/authenticator.ts';
import type { Caller } from '../access/caller.ts';
import { BodyHold } from '../access/shares.ts';
import type { Shares } from '../access/shares.ts';

/** What every handler finds in its context. */
export interface ApiEnv {
  Variables: {
    requestId: string;
    /** Trace context (W3C) for what the request creates; undefined if there is none. */
    traceparent: string | undefined;
    authenticator: Authenticator;
    shares: Shares;
    /** What is held for the request's body; released with the answer, at the latest. */
    hold: BodyHold | undefined;
    /** Undefined on public routes; read it with `callerOf`. */
    caller: Caller | undefined;
    /** Child logger with the request's id. */
    log: Logger;
    /** The problem that was answered, for the request's line in the log. */
    problemCode: ErrorCode;
  };
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
}

export function bodyOf(context: Context<ApiEnv>): RequestBody {
  const hold = context.get('hold') ?? new BodyHold(context.get('shares'), callerOf(context));
  context.set('hold', hold);
  return { raw: context.req.raw, hold };
}
