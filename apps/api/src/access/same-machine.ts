/**
 * Without keys, the API is for one person on one machine: that a request reaches it must not be enough. A page from
 * anywhere can make a browser on this machine send requests, under a name that it points to this machine if need be,
 * and a proxy on this machine passes on requests from anywhere.
 */
import { AppError } from '@m2fp/contract';
import type { Context } from 'hono';
import { incomingOf } from '../http/context.ts';
import type { ApiEnv, LetIn } from '../http/context.ts';
import { isFromAllowedOrigin } from '../http/cors.ts';
import { isLoopback } from './listen-rule.ts';

const advice = 'To let others in, create a key: `m2fp keys create`.';

/**
 * Throws `forbidden` for a request without a key that is not from this machine itself.
 */
export function assertFromThisMachine(context: Context<ApiEnv>, { allowedHosts, corsOrigins }: LetIn): void {
  const name = hostName(hostOf(context));
  if (name === undefined || !(isThisMachine(name) || allowedHosts.includes(name))) {
    throw refused(
      `Without a key, this API is called by the name of its own machine, or one in ALLOWED_HOSTS. ${advice}`,
    );
  }
  const isFromStranger = isFromOtherSite(context) && !isFromAllowedOrigin(context, corsOrigins);
  if (isFromStranger) throw refused('This request was sent by another site, and has no key.');
  if (isForwarded(context)) {
    throw refused(`This request was passed on by a proxy, and has no key: it could be from anyone. ${advice}`);
  }
}

/** Whether a page of another site made a browser send this, as far as browsers say: they do. */
export function isFromOtherSite(context: Context<ApiEnv>): boolean {
  const site = context.req.header('sec-fetch-site') ?? 'none';
  if (site !== 'none' && site !== 'same-origin') return true;
  const origin = context.req.header('origin');
  return origin !== undefined && URL.parse(origin)?.host !== URL.parse(`http://${hostOf(context)}`)?.host;
}

function hostOf(context: Context<ApiEnv>): string {
  return context.req.header('host') ?? new URL(context.req.url).host;
}

function refused(message: string): AppError {
  return new AppError('forbidden', message);
}

/** In lower case and without the port; undefined if it is not a host. */
export function hostName(host: string): string | undefined {
  return /[@/\\?#\s]/.test(host) ? undefined : URL.parse(`http://${host}/`)?.hostname;
}

function isThisMachine(name: string): boolean {
  return isLoopback(name.replace(/^\[|\]$/g, ''));
}

const forwarding: ReadonlySet<string> = new Set(['forwarded', 'via', 'x-real-ip', 'x-client-ip', 'true-client-ip']);

function isForwarded(context: Context<ApiEnv>): boolean {
  const incoming = incomingOf(context);
  // How nginx passes requests on unless it is told otherwise, and then without any mark. No browser speaks it.
  if (incoming?.httpVersion === '1.0') return true;
  const names = Object.keys(incoming?.headers ?? context.req.header());
  return names.some((name) => forwarding.has(name) || name.startsWith('x-forwarded') || name.startsWith('cf-'));
}
