import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { clientWith } from '../testing/scripted-service.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Answers without Content-Length: a piece every 40 s, then the end or silence. An abort breaks it, as of `fetch`. */
function slowly(pieces: readonly string[], end: 'end' | 'silence'): typeof fetch {
  return (_, init) => {
    const left = [...pieces];
    const start = (controller: ReadableStreamDefaultController<Uint8Array>): void =>
      init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason));
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
      const next = left.shift();
      if (next === undefined && end === 'silence') return new Promise(() => undefined);
      if (next === undefined) return controller.close();
      await new Promise((resolve) => setTimeout(resolve, 40_000));
      if (init?.signal?.aborted !== true) controller.enqueue(new TextEncoder().encode(next));
    };
    return Promise.resolve(new Response(new ReadableStream({ start, pull })));
  };
}

test('a body of unknown length may take as long as it keeps coming', async () => {
  const { client } = clientWith({ fetch: slowly(['{"id":', '"job_1"', ',"status":', '"queued"}'], 'end') });
  const job = client.jobs.get('job_1', { maxRetries: 0 }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(4 * 40_000);
  expect(await job).toEqual({ id: 'job_1', status: 'queued' });
  expect(vi.getTimerCount()).toBe(0);
});

test('a body that falls silent is given up after a minute', async () => {
  const { client } = clientWith({ fetch: slowly(['{"id":'], 'silence') });
  const job = client.jobs.get('job_1', { maxRetries: 0 }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(40_000 + 60_000);
  expect(await job).toMatchObject({ code: 'network', message: 'The server fell silent.' });
  expect(vi.getTimerCount()).toBe(0);
});
