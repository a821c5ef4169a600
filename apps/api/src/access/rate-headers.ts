/**
 * What a caller may have and what is left of it, as headers (draft-ietf-httpapi-ratelimit-headers): one policy per
 * share, under the share's name.
 */
import { ownerShares, shareNames } from '@m2fp/contract';
import type { ShareLimits, ShareName } from '@m2fp/contract';
import type { RateVerdict } from '@m2fp/queue/access';

/** @param held what the owner has of shares besides requests; what another process keeps is not in it */
export function rateHeaders(
  limits: ShareLimits,
  verdict: RateVerdict,
  held: Readonly<Partial<Record<ShareName, number>>>,
): Readonly<Record<'RateLimit-Policy' | 'RateLimit', string>> {
  const policies = [`"requests";q=${verdict.limit};w=${verdict.windowS}`];
  const states = [`"requests";r=${verdict.remaining};t=${verdict.resetS}`];
  for (const name of shareNames) {
    const limit = limits[name];
    if (name === 'requests' || limit === null) continue;
    policies.push(`"${name}";q=${limit};qu="${ownerShares[name].unit}"`);
    const has = held[name];
    if (has !== undefined) states.push(`"${name}";r=${Math.max(0, limit - has)}`);
  }
  return { 'RateLimit-Policy': policies.join(', '), RateLimit: states.join(', ') };
}
