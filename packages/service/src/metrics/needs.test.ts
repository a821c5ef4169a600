import { Registry } from 'prom-client';
import { expect, test, vi } from 'vitest';
import { registerNeeds } from './needs.ts';

test('each scrape has what is needed and whether that is all, as one look found them', async () => {
  vi.useFakeTimers();
  try {
    const registry = new Registry();
    const looks = vi.fn(async () => ({ missing: looks.mock.calls.length === 1 ? ['redis'] : [] }));
    registerNeeds(registry, ['redis', 'storage'], looks);
    const scrape = async () => (await registry.metrics()).split('\n').filter((line) => /^m2fp_/.test(line));
    expect(await scrape()).toEqual(['m2fp_need_up{need="redis"} 0', 'm2fp_need_up{need="storage"} 1', 'm2fp_ready 0']);
    expect(looks).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await scrape()).toEqual(['m2fp_need_up{need="redis"} 1', 'm2fp_need_up{need="storage"} 1', 'm2fp_ready 1']);
    expect(looks).toHaveBeenCalledTimes(2);
  } finally {
    vi.useRealTimers();
  }
});
