import { describe, expect, test } from 'vitest';
import { createTestApi } from '../../testing/test-api.ts';
import { withSums } from '../models/backlogs.ts';

describe('GET /v1/models/{model}/backlog', () => {
  test('tells all that the model’s workers are needed for, and the age of the oldest', async () => {
    const counts = { waiting: 5, delayed: 1, active: 2, unqueued: 40, openBatches: 1 };
    const read = async (model: string) => withSums(model, { ...counts, oldestAtMs: Date.now() - 60_000 }, undefined);
    const response = await createTestApi({ backlogs: { read } }).request('/v1/models/portrait/backlog');
    expect(response.status).toBe(200);
    const { oldest_waiting_s: age, ...told } = (await response.json()) as { oldest_waiting_s: number };
    expect(age).toBeGreaterThanOrEqual(60);
    expect(told).toEqual({
      ...{ model: 'portrait', photos: 48, waiting: 5, delayed: 1, active: 2, unqueued: 40, open_batches: 1 },
      workers: null,
    });
  });

  test('answers for a model without workers, also one that became known just now', async () => {
    const api = createTestApi({ models: [{ name: 'people', card: undefined, seenAtMs: 0 }] });
    const response = await api.request('/v1/models/people/backlog');
    expect(await response.json()).toMatchObject({ photos: 0, oldest_waiting_s: 0, workers: 0 });
  });

  test('a model that there is not is a 404, with those that there are', async () => {
    const api = createTestApi();
    const response = await api.request('/v1/models/animals/backlog');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      code: 'not_found',
      detail: 'There is no such model. There are: portrait.',
    });
    for (const name of ['a%20b', '%3A', 'x'.repeat(101)]) {
      expect((await api.request(`/v1/models/${name}/backlog`)).status).toBe(404);
    }
  });
});
