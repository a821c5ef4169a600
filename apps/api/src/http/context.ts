import type { ErrorCode } from '@m2fp/contract';
import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';
import type { Logger } from '@m2fp/service/logger';
import type { Authenticator } from '../access/authenticator.ts';
import type { Caller } from '../access/caller.ts';
import { BodyHold } from '../access/shares.ts';
import type { Shares } from '../access/shares.ts';

/** What every handler finds in its context. */
export interface ApiEnv {
  /** From Node's server; nothing in tests without a socket. */
  Bindings: { readonly incoming?: IncomingMessage };
  Variables: {
    requestId: string;
    /** Trace context (W3C) for what the request creates; undefined if there is none. */
    traceparent: string | undefined;
    authenticator: Authenticator;
    /** Names by which the API may be called without a key, besides this machine's. */
    allowedHosts: readonly string[];
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
}

export function bodyOf(context: Context<ApiEnv>): RequestBody {
  const hold = context.get('hold') ?? new BodyHold(context.get('shares'), callerOf(context));
  context.set('hold', hold);
  return { raw: context.req.raw, hold };
}
