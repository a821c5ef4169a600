/** Lets requests in: by their key, what the key may do, and how often. */
import type { RateVerdict } from '@m2fp/queue/access';
import { AppError } from '@m2fp/contract';
import type { Context, MiddlewareHandler } from 'hono';
import { answerProblem } from '../http/answer-problem.ts';
import type { ApiEnv } from '../http/context.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import { neededScope } from './route-access.ts';

export function guard(gatekeeper: Gatekeeper): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const { method, path } = context.req;
    const scope = neededScope(method, path);
    if (scope === undefined) return next();
    const isForBrowsers = scope === 'admin';
    const caller = await gatekeeper.identify(sentKey(context, isForBrowsers));
    if (caller === undefined) {
      const challenge = isForBrowsers ? 'Basic realm="m2fp: any name, and an API key as the password"' : 'Bearer';
      const message = 'Send a valid API key: `Authorization: Bearer m2fp_…`.';
      return answerProblem(context, new AppError('unauthorized', message), { 'www-authenticate': challenge });
    }
    context.set('caller', caller);
    context.set('owner', caller.owner);
    const verdict = await gatekeeper.count(caller);
    if (verdict !== undefined) setRateHeaders(context, verdict);
    if (verdict?.isAllowed === false) {
      const message = `This key may make ${verdict.limit} requests a minute.`;
      const headers = { 'retry-after': String(verdict.retryAfterS) };
      return answerProblem(context, new AppError('rate_limited', message), headers);
    }
    if (!caller.may(scope)) throw new AppError('forbidden', `This needs a key with the scope ${scope}.`);
    return next();
  };
}

/**
 * Browsers ask for a name and a password by themselves, and then send them along with every request, also with one
 * that another site had them make: so only where that is looked at.
 */
function sentKey(context: Context<ApiEnv>, acceptsPassword: boolean): string | undefined {
  const header = context.req.header('authorization');
  if (header === undefined) return undefined;
  const [scheme = '', credentials = ''] = header.split(/ +/, 2);
  if (acceptsPassword && scheme.toLowerCase() === 'basic') {
    const text = Buffer.from(credentials, 'base64').toString();
    return text.slice(text.indexOf(':') + 1);
  }
  // Something else that was sent is no key either.
  return scheme.toLowerCase() === 'bearer' ? credentials : '';
}

/** draft-ietf-httpapi-ratelimit-headers: the policy, and what is left of it. */
function setRateHeaders(context: Context<ApiEnv>, { limit, windowS, remaining, resetS }: RateVerdict): void {
  context.header('RateLimit-Policy', `"requests";q=${limit};w=${windowS}`);
  context.header('RateLimit', `"requests";r=${remaining};t=${resetS}`);
}
