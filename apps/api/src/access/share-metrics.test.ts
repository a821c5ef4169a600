import type { ShareLimits } from '@m2fp/contract';
import { createRegistry, renderMetrics } from '@m2fp/service/metrics';
import type { Context } from 'hono';
import { expect, test } from 'vitest';
import type { ApiEnv } from '../http/context.ts';
import { ShareMetrics } from './share-metrics.ts';

function observe(shares: ShareMetrics, owner: string, jobs: number, exceeded?: 'jobs'): void {
  const limits = { jobs: 1_000 } as ShareLimits;
  const values: Record<string, unknown> = { caller: { owner, limits }, held: { jobs }, exceeded };
  shares.observe({ get: (name: string) => values[name] } as unknown as Context<ApiEnv>);
}

test('of thousands of owners, the twenty with the most have series of their own', async () => {
  const registry = createRegistry({ process: 'api' });
  const shares = new ShareMetrics(registry);
  for (let owner = 0; owner < 2_000; owner++) {
    observe(shares, `owner-${owner}`, owner % 700);
    for (let count = 0; count < owner % 700; count += 100) observe(shares, `owner-${owner}`, owner % 700, 'jobs');
  }
  const { text } = await renderMetrics(registry);
  const ownersOf = (name: string): string[] =>
    [...text.matchAll(new RegExp(`^${name}\\{owner="([^"]+)",share="jobs"`, 'gm'))].map(([, owner = '']) => owner);
  // The last 500 were 1500 to 1999: 600 of 700 at most.
  const fullest = Array.from({ length: 20 }, (_, place) => `owner-${1_999 - place}`);
  expect(ownersOf('m2fp_owner_share_held')).toEqual(fullest);
  expect(ownersOf('m2fp_owner_share_limit')).toEqual(fullest);
  expect(ownersOf('m2fp_owner_share_refused_total')).toHaveLength(20);
  expect(text).toMatch(/^m2fp_share_refused_total\{share="jobs",process="api"\} 7\d{3}$/m);
});
