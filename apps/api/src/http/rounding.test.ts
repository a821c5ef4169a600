import { expect, test } from 'vitest';
import { createTestApi, jobResult } from '../../testing/test-api.ts';
import { queueJob, readJob } from '../../testing/test-jobs.ts';
import { withSums } from '../models/backlogs.ts';
import { viewDelivery } from '../webhooks/webhook-schemas.ts';

test('numbers in answers have the digits that mean something', async () => {
  const none = { waiting: 0, delayed: 0, active: 0, unqueued: 0, openBatches: 0 };
  const oldest = { ...none, oldestAtMs: Date.now() - 1_234 };
  const api = createTestApi({ backlogs: { read: async (model) => withSums(model, oldest, 0) } });
  const id = await queueJob(api);
  await api.queue.take();
  await api.queue.complete(id, { ...jobResult(`results/${id}/`), scale: 540 / 853 });
  expect(await readJob(api, id)).toMatchObject({ result: { scale: 0.63306 } });
  const backlog = (await (await api.request('/v1/models/portrait/backlog')).json()) as { oldest_waiting_s: number };
  expect(String(backlog.oldest_waiting_s)).toMatch(/^\d+(\.\d)?$/);
  const attempt = { at: '2026-11-23T09:15:02.510Z', duration_ms: 12.3456, status_code: 200, error: null };
  const delivery = { attempts: [attempt] } as unknown as Parameters<typeof viewDelivery>[0];
  expect(viewDelivery(delivery).attempts).toEqual([{ ...attempt, duration_ms: 12 }]);
});
