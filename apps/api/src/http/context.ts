import { OpenAPIHono, z } from '@hono/zod-openapi';
import { AppError } from '@m2fp/core/contract';
import type { ErrorCode } from '@m2fp/core/contract';
import type { Context } from 'hono';
import type { Logger } from 'pino';
import { InvalidRequest, fieldErrors, parseOrRefuse } from './errors.ts';

/** What every handler finds in its context. */
export interface ApiEnv {
  Variables: {
    requestId: string;
    /** Whose request it is: an API key's id, or `anonymousOwner`. */
    owner: string;
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
      if (result.target === 'param') throw new AppError('not_found', 'There is nothing here.');
      throw new InvalidRequest(fieldErrors(result.error));
    },
  });
}

/** The query of a route that takes none: an unknown parameter is refused like an unknown field. */
export const noQuery = z.strictObject({});

export function assertNoQuery(context: Context<ApiEnv>): void {
  parseOrRefuse(noQuery, context.req.query());
}
