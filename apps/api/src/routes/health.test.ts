import { AppError } from '@m2fp/contract';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createTestApi } from '../../testing/test-api.ts';

describe('GET /healthz', () => {
  test('describes the process, whatever is down', async () => {
    const ping = () => Promise.reject(new AppError('storage_unavailable', 'away'));
    const api = createTestApi({ storage: { ping } });
    api.queue.isDown = true;
    const response = await api.request('/healthz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'ok',
      uptime_s: 1,
      rss_bytes: 1_000_000,
      event_loop_delay_ms: { max: 2, p99: 1 },
    });
  });
});

describe('GET /readyz', () => {
  test('is ready when Redis and S3 answer, with or without workers', async () => {
    for (const count of [0, 2]) {
      const api = createTestApi();
      api.queue.workerCounts = new Map([
        ['portrait', count],
        ['people', 0],
      ]);
      const response = await api.request('/readyz');
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({
        status: 'ready',
        checks: { queue: 'up', storage: 'up' },
        reasons: {},
        workers: count,
      });
    }
  });

  test('reports the number of workers as unknown if Redis does not list them', async () => {
    const api = createTestApi();
    api.queue.workerCounts = undefined;
    expect(await (await api.request('/readyz')).json()).toMatchObject({ status: 'ready', workers: null });
  });

  test('is not ready while Redis is down', async () => {
    const api = createTestApi();
    api.queue.isDown = true;
    const response = await api.request('/readyz');
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: 'unavailable',
      checks: { queue: 'down', storage: 'up' },
      reasons: { queue: 'unreachable' },
      workers: null,
    });
  });

  test('is not ready while S3 is down, nor while it hangs', async () => {
    const away = () => Promise.reject(new AppError('storage_unavailable', 'away'));
    const hangs = () => new Promise<never>(() => undefined);
    for (const ping of [away, hangs]) {
      const response = await createTestApi({ storage: { ping } }).request('/readyz');
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ checks: { queue: 'up', storage: 'down' } });
    }
  });

  test('checks once, however many ask at once, and again after a second', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    let pings = 0;
    const api = createTestApi({ storage: { ping: async () => void pings++ } });
    const ask = async () => (await api.request('/readyz')).status;
    expect(await Promise.all(Array.from({ length: 50 }, ask))).toEqual(Array.from({ length: 50 }, () => 200));
    await vi.advanceTimersByTimeAsync(900);
    expect(await ask()).toBe(200);
    expect([pings, api.queue.writeChecks]).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(200);
    api.queue.isDown = true;
    expect(await ask()).toBe(503);
    expect(pings).toBe(2);
  });

  test('is no longer ready once it stops', async () => {
    const response = await createTestApi({ stopping: AbortSignal.abort() }).request('/readyz');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: 'stopping' });
  });
});
