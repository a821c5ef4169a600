import { OpenAPIHono, z } from '@hono/zod-openapi';
import { AppError } from '@m2fp/contract';
import type { ErrorCode } from '@m2fp/contract';
import type { Context } from 'hono';
import type { Logger } from '@m2fp/service/logger';
import type { Caller } from '../access/caller.ts';
import { InvalidRequest, fieldErrors, parseOrRefuse } from './errors.ts';

/** What every handler finds in its context. */
export interface ApiEnv {
  Variables: {
    requestId: string;
    /** Whose request it is: an API key's id, or `anonymousOwner`. */
    owner: string;
    /** W3C Trace Context for what the request makes; undefined where there is none. */
    traceparent: string | undefined;
    /** Who asks; undefined on paths that are for everybody. */
    caller: Caller | undefined;
    /** Child logger with the request's id. */
    log: Logger;
    /** The problem that was answered, for the request's line in the log. */
    problemCode: ErrorCode;
  };
}

/**
 * A group of routes. Path, query and header values that do not fit the declared schema are refused here; a path
 * parameter that cannot name anything is `not_found`, like one that names nothing.
 */
export function createRoutes(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      if (result.target === 'param') throw nothingHere();
      throw new InvalidRequest(fieldErrors(result.error));
    },
  });
}

/** The query of a route that takes none: an unknown parameter is refused like an unknown field. */
export const noQuery = z.strictObject({});

export function assertNoQuery(context: Context<ApiEnv>): void {
  parseOrRefuse(noQuery, context.req.query());
}

/** The path's parameters, for routes that are registered by hand. Throws `not_found`. */
export function readParams<Schema extends z.ZodType>(context: Context<ApiEnv>, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(context.req.param());
  if (!parsed.success) throw nothingHere();
  return parsed.data;
}

function nothingHere(): AppError {
  return new AppError('not_found', 'There is nothing here.');
}
