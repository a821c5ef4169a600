import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { withinTime } from './storage.ts';

const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

describe('work within a time', () => {
  test('gives its result, or throws its own error', async () => {
    await expect(withinTime(60_000, async () => 'done')).resolves.toBe('done');
    await expect(withinTime(60_000, () => Promise.reject(new Error('its own')))).rejects.toThrow('its own');
  });

  test('is aborted when the time is up, and is storage_unavailable then', async () => {
    await expect(withinTime(10, never)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  test('is waited for after that', async () => {
    let hasEnded = false;
    const slow = async (signal: AbortSignal): Promise<never> => {
      await never(signal).catch(() => undefined);
      await sleep(30);
      hasEnded = true;
      throw signal.reason;
    };
    await expect(withinTime(10, slow)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(hasEnded).toBe(true);
  });

  test('that its caller aborts throws the caller’s reason', async () => {
    const caller = new AbortController();
    const result = withinTime(60_000, never, caller.signal);
    caller.abort(new Error('called off'));
    await expect(result).rejects.toThrow('called off');
  });
});
