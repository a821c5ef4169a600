import { describe, expect, test } from 'vitest';
import { createTestApi, jobResult } from '../../testing/test-api.ts';
import { queueJob } from '../../testing/test-jobs.ts';

const canceled = '{"code":"canceled","message":"The job was canceled."}';

describe('POST /v1/jobs/{id}/cancel', () => {
  test('ends a job that waits, which is then never taken, and may be repeated', async () => {
    const api = createTestApi();
    const id = await queueJob(api);
    for (let time = 1; time <= 2; time++) {
      const response = await api.request(`/v1/jobs/${id}/cancel`, { method: 'POST' });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ id, status: 'canceled', error: { code: 'canceled' } });
    }
    expect(await api.queue.take()).toBeUndefined();
  });

  test('waits for the worker to stop a job that runs', async () => {
    const api = createTestApi();
    const id = await queueJob(api);
    await api.queue.take();
    const response = api.request(`/v1/jobs/${id}/cancel`, { method: 'POST' });
    await api.queue.fail(id, canceled, { retry: false });
    expect((await response).status).toBe(200);
    expect(await (await response).json()).toMatchObject({ status: 'canceled' });
  });

  test('answers 202 if the worker has not stopped it yet', async () => {
    const api = createTestApi();
    const id = await queueJob(api);
    await api.queue.take();
    const response = await api.request(`/v1/jobs/${id}/cancel`, { method: 'POST' });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ status: 'processing' });
  });

  test('leaves a finished job unchanged', async () => {
    const api = createTestApi();
    const id = await queueJob(api);
    await api.queue.take();
    await api.queue.complete(id, jobResult(`results/${id}/`));
    const response = await api.request(`/v1/jobs/${id}/cancel`, { method: 'POST' });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'succeeded', result: { people: 2 } });
  });

  test('answers 404 if there is no such job, and 503 while Redis is down', async () => {
    const api = createTestApi();
    const path = '/v1/jobs/job_00000000000000000000000000000000/cancel';
    expect((await api.request(path, { method: 'POST' })).status).toBe(404);
    api.queue.isDown = true;
    expect((await api.request(path, { method: 'POST' })).status).toBe(503);
  });
});
