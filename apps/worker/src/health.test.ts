import { afterEach, describe, expect, it, vi } from 'vitest';
import { startHealthServer, type HealthServer, type HealthSources } from './health.ts';

let server: HealthServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(
  changes: Partial<HealthSources> = {},
): Promise<(path: string, method?: string) => Promise<Response>> {
  const sources: HealthSources = {
    isAlive: () => true,
    whatIsMissing: async () => [],
    stats: async () => ({ jobs: { active: 0 } }),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'm2fp_jobs_active 0\n' }),
    resetStats: () => undefined,
    ...changes,
  };
  server = await startHealthServer({ host: '127.0.0.1', port: 0 }, sources);
  const { url } = server;
  return (path, method = 'GET') => fetch(`${url}${path}`, { method });
}

describe('the health port', () => {
  it('says that the worker lives, or that it is stuck', async () => {
    let alive = true;
    const request = await start({ isAlive: () => alive });
    expect((await request('/healthz')).status).toBe(200);
    alive = false;
    const stuck = await request('/healthz');
    expect(stuck.status).toBe(503);
    expect(await stuck.json()).toEqual({ status: 'stuck' });
  });

  it('says what is missing before jobs get done', async () => {
    let missing: string[] = [];
    const request = await start({ whatIsMissing: async () => missing });
    expect((await request('/readyz')).status).toBe(200);
    missing = ['redis'];
    const unready = await request('/readyz');
    expect(unready.status).toBe(503);
    expect(await unready.json()).toEqual({ status: 'unavailable', missing: ['redis'] });
  });

  it('tells figures, and starts them afresh on request', async () => {
    const resetStats = vi.fn();
    const request = await start({ resetStats });
    expect(await (await request('/stats')).json()).toEqual({ jobs: { active: 0 } });
    expect(resetStats).not.toHaveBeenCalled();
    expect((await request('/stats/reset', 'POST')).status).toBe(204);
    expect(resetStats).toHaveBeenCalledOnce();
  });

  it('answers 404 for anything else, and 500 where a source fails', async () => {
    const request = await start({ stats: () => Promise.reject(new Error('secret')) });
    expect((await request('/')).status).toBe(404);
    expect((await request('/healthz', 'POST')).status).toBe(404);
    const failed = await request('/stats');
    expect(failed.status).toBe(500);
    expect(await failed.text()).not.toContain('secret');
  });
});
