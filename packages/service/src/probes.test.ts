import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startProbeServer, whatIsMissing, type Missing, type ProbeServer, type ProbeSources } from './probes.ts';

let server: ProbeServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(
  changes: Partial<ProbeSources> = {},
): Promise<(path: string, method?: string) => Promise<Response>> {
  const sources: ProbeSources = {
    whatIsMissing: async () => ({ missing: [], reasons: {} }),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'm2fp_jobs_active 0\n' }),
    ...changes,
  };
  server = await startProbeServer({ host: '127.0.0.1', port: 0 }, sources);
  const { url } = server;
  return (path, method = 'GET') => fetch(`${url}${path}`, { method });
}

describe('the probes', () => {
  it('say that the process is alive, or that it is stuck', async () => {
    let isStuck = false;
    const request = await start({ health: () => ({ isStuck, state: 'idle', waiting: isStuck ? 3 : 0 }) });
    const well = await request('/healthz');
    expect([well.status, await well.json()]).toEqual([200, { status: 'ok', state: 'idle', waiting: 0 }]);
    isStuck = true;
    const stuck = await request('/healthz');
    expect([stuck.status, await stuck.json()]).toEqual([503, { status: 'stuck', state: 'idle', waiting: 3 }]);
  });

  it('say what is missing before it can do its work', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    let missing: Missing = { missing: [], reasons: {} };
    const whatIsMissing = vi.fn(async () => missing);
    const request = await start({ whatIsMissing });
    expect((await request('/readyz')).status).toBe(200);
    missing = { missing: ['redis'], reasons: { redis: 'READONLY' } };
    // An answer counts for a second.
    expect((await request('/readyz')).status).toBe(200);
    expect(whatIsMissing).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(1_000);
    const unready = await request('/readyz');
    expect(unready.status).toBe(503);
    expect(await unready.json()).toEqual({
      status: 'unavailable',
      missing: ['redis'],
      reasons: { redis: 'READONLY' },
    });
  });

  it('report figures, and reset them on request', async () => {
    const reset = vi.fn();
    const request = await start({ stats: { read: async () => ({ jobs: { active: 0 } }), reset } });
    expect(await (await request('/stats')).json()).toEqual({ jobs: { active: 0 } });
    expect(reset).not.toHaveBeenCalled();
    expect((await request('/stats/reset', 'POST')).status).toBe(204);
    expect(reset).toHaveBeenCalledOnce();
  });

  it('answer 404 for anything else, and 500 if a source fails', async () => {
    const request = await start({ whatIsMissing: () => Promise.reject(new Error('secret')) });
    for (const path of ['/', '/stats']) expect((await request(path)).status).toBe(404);
    expect((await request('/stats/reset', 'POST')).status).toBe(404);
    expect((await request('/healthz', 'POST')).status).toBe(404);
    const failed = await request('/readyz');
    expect(failed.status).toBe(500);
    expect(await failed.text()).not.toContain('secret');
  });
});

describe('what is missing', () => {
  const never = () => new Promise<never>(() => undefined);

  it('is every check that fails in any way or takes too long', async () => {
    const checks = {
      redis: async () => 'PONG',
      worker: async () => false,
      storage: () => Promise.reject(new Error('away')),
      bucket: () => {
        throw new Error('away');
      },
      disk: never,
    };
    expect(await whatIsMissing(checks, 20)).toEqual({
      missing: ['worker', 'storage', 'bucket', 'disk'],
      reasons: { disk: 'timeout' },
    });
  });

  it('is told with the reason of an error that has one, if it is a word', async () => {
    const failWith = (reason: unknown) => () => Promise.reject(Object.assign(new Error('secret'), { reason }));
    const checks = { redis: failWith('READONLY'), storage: failWith('slow_down'), text: failWith('no such secret') };
    expect(await whatIsMissing({ ...checks, number: failWith(7) }, 20)).toEqual({
      missing: ['redis', 'storage', 'text', 'number'],
      reasons: { redis: 'READONLY', storage: 'slow_down' },
    });
  });

  it('is reported in time, and checks that are still running are aborted', async () => {
    let signal: AbortSignal | undefined;
    const checks = {
      redis: (given: AbortSignal) => {
        signal = given;
        return never();
      },
    };
    expect((await whatIsMissing(checks, 1)).missing).toEqual(['redis']);
    expect(signal?.aborted).toBe(true);
  });
});
