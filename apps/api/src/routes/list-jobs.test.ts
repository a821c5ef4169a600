import { bounds, createJobId, parseOptionsSchema } from '@m2fp/contract';
import { describe, expect, test, vi } from 'vitest';
import { createTestApi, jobResult } from '../../testing/test-api.ts';
import { queueJob } from '../../testing/test-jobs.ts';

type TestApi = ReturnType<typeof createTestApi>;

interface Page {
  readonly jobs: { readonly id: string; readonly status: string }[];
  readonly next_cursor: string | null;
}

async function list(api: TestApi, query = ''): Promise<Page> {
  const response = await api.request(`/v1/jobs${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Page;
}

async function queueMany(count: number) {
  const api = createTestApi({ settings: { maxBacklog: 1_000 } });
  const ids: string[] = [];
  // Each job in a later millisecond.
  const startMs = Date.now() - count;
  for (let number = 0; number < count; number++) {
    const id = createJobId();
    const data = {
      ...{ v: 1, input: { key: 'inputs/photo.jpg' }, output: { prefix: `results/anonymous/${id}/` } },
      ...{ options: parseOptionsSchema.parse({}), createdAt: new Date(startMs + number).toISOString() },
    };
    await api.queue.add(id, data, { class: 'single', model: 'portrait' });
    ids.unshift(id);
  }
  return { api, ids };
}

describe('GET /v1/jobs', () => {
  test('lists every job once, newest first, page by page, even if jobs are added meanwhile', async () => {
    const { api, ids } = await queueMany(5);
    const read: string[] = [];
    let query = '?limit=2';
    for (let pages = 1; pages <= 3; pages++) {
      const page = await list(api, query);
      read.push(...page.jobs.map(({ id }) => id));
      await queueJob(api);
      if (page.next_cursor === null) break;
      query = `?limit=2&cursor=${page.next_cursor}`;
    }
    expect(read).toEqual(ids);
  });

  test('has no next page after the last job', async () => {
    const { api } = await queueMany(2);
    expect(await list(api, '?limit=2')).toMatchObject({ next_cursor: null });
    expect(await list(createTestApi())).toEqual({ jobs: [], next_cursor: null });
  });

  test('has the jobs of one status', async () => {
    const { api } = await queueMany(3);
    const [done = '', running = ''] = [await api.queue.take(), await api.queue.take()];
    await api.queue.complete(done, jobResult('results/x/'));
    expect((await list(api, '?status=succeeded')).jobs).toMatchObject([{ id: done, status: 'succeeded' }]);
    expect((await list(api, '?status=processing')).jobs).toMatchObject([{ id: running }]);
    expect((await list(api, '?status=canceled')).jobs).toEqual([]);
  });

  test('finds a job behind many that do not match, and leaves out what is no longer kept', async () => {
    const { api, ids } = await queueMany(130);
    const oldest = ids.at(-1) ?? '';
    await api.queue.cancel(oldest);
    expect((await list(api, '?status=canceled&limit=1')).jobs).toMatchObject([{ id: oldest }]);
    api.queue.forget(ids[0] ?? '');
    expect((await list(api, '?limit=1')).jobs).toMatchObject([{ id: ids[1] }]);
  });

  test('reads no more jobs than a page has, and looks at a bounded number of them for a rare status', async () => {
    const { api, ids } = await queueMany(620);
    await api.queue.cancel(ids[610] ?? '');
    const find = vi.spyOn(api.queue, 'find');
    const looked = vi.spyOn(api.queue, 'statuses');
    const first = await list(api, '?status=canceled');
    expect(first.jobs).toEqual([]);
    expect(looked.mock.calls.flatMap(([asked]) => asked)).toEqual(ids.slice(0, bounds.listedStates.max));
    expect(find).not.toHaveBeenCalled();
    // Where the first page stopped looking, the next one begins.
    const second = await list(api, `?status=canceled&cursor=${first.next_cursor}`);
    expect(second).toMatchObject({ jobs: [{ id: ids[610] }], next_cursor: null });
    await list(api, '?status=queued&limit=5');
    expect(find).toHaveBeenCalledTimes(1 + 5);
  });

  test.each(['?limit=0', '?limit=101', '?limit=x', '?status=done', '?cursor=x', '?page=2'])(
    'refuses %s',
    async (query) => {
      const response = await createTestApi().request(`/v1/jobs${query}`);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ code: 'invalid_request' });
    },
  );

  test('answers 503 while Redis is down', async () => {
    const api = createTestApi();
    api.queue.isDown = true;
    expect((await api.request('/v1/jobs')).status).toBe(503);
  });
});
