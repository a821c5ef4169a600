import { setImmediate } from 'node:timers/promises';
import { anonymousOwner } from '@m2fp/contract';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { readEvents } from '../../testing/read-events.ts';
import { createTestApi, jobResult } from '../../testing/test-api.ts';
import { queueJob } from '../../testing/test-jobs.ts';

type TestApi = ReturnType<typeof createTestApi>;

async function open(api: TestApi, id: string, headers: Record<string, string> = {}) {
  const response = await api.request(`/v1/jobs/${id}/events`, { headers });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const events = readEvents(response);
  return { next: async () => (await events.next()).value ?? undefined, close: () => events.return() };
}

describe('GET /v1/jobs/{id}/events', () => {
  test('sends the job’s current state, each change and its end, then closes', async () => {
    const api = createTestApi();
    const id = await queueJob(api);
    const events = await open(api, id);
    expect(await events.next()).toMatchObject({
      event: 'state',
      id: '500',
      data: { id, status: 'queued', queue: { position: 1 } },
    });
    await api.queue.take();
    expect(await events.next()).toMatchObject({ event: 'state', id: '1000', data: { status: 'processing' } });
    await api.queue.progress(id, { stage: 'fetched', percent: 10 });
    const progress = { percent: 10, stage: 'fetched' };
    expect(await events.next()).toMatchObject({ event: 'progress', id: '1010', data: { progress } });
    await api.queue.complete(id, jobResult(`results/${id}/`));
    expect(await events.next()).toMatchObject({
      event: 'done',
      id: '1999',
      data: { status: 'succeeded', result: { people: 2 } },
    });
    expect(await events.next()).toBeUndefined();
  });

  test('sends a heartbeat every 15 s to a client that reads', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const api = createTestApi();
    const id = await queueJob(api);
    const { body } = await api.request(`/v1/jobs/${id}/events`);
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toMatch(/^event: state/);
    for (let beat = 0; beat < 2; beat++) {
      vi.advanceTimersByTime(15_000);
      expect((await reader?.read())?.value).toBe(': still there\n\n');
      // Lets the writer notice that the heartbeat was read.
      await setImmediate();
    }
    await reader?.cancel();
  });

  test('sends events, and jobs in them, that fit the document', async () => {
    const api = createTestApi();
    const { components } = (await (await api.request('/openapi.json')).json()) as { components: object };
    const ajv = new Ajv2020({ strict: false, formats: fullFormats });
    ajv.addSchema({ $id: 'http://document/', components });
    const id = await queueJob(api);
    const events = await open(api, id);
    const received = [await events.next()];
    await api.queue.take();
    await api.queue.complete(id, jobResult(`results/${id}/`));
    for (let event = await events.next(); event !== undefined; event = await events.next()) received.push(event);
    expect(received.at(-1)).toMatchObject({ event: 'done' });
    for (const event of received) {
      const values = { JobEvent: { ...event, data: JSON.stringify(event?.data) }, Job: event?.data };
      for (const [name, value] of Object.entries(values)) {
        const validate = ajv.compile({ $ref: `http://document/#/components/schemas/${name}` });
        expect(validate(value), JSON.stringify([value, validate.errors])).toBe(true);
      }
    }
  });

  test('shows an attempt that failed and the next one as new states', async () => {
    const api = createTestApi();
    const id = await queueJob(api);
    await api.queue.take();
    await api.queue.progress(id, { stage: 'parsed', percent: 90 });
    const events = await open(api, id);
    expect(await events.next()).toMatchObject({ event: 'state', id: '1090' });
    await api.queue.fail(id, '{"code":"timeout","message":"slow"}', { retry: true });
    expect(await events.next()).toMatchObject({ event: 'state', id: '1500', data: { status: 'queued', attempts: 1 } });
    await api.queue.take();
    expect(await events.next()).toMatchObject({ event: 'state', id: '2090', data: { attempts: 2 } });
    await api.queue.fail(id, '{"code":"timeout","message":"slow"}', { retry: false });
    expect(await events.next()).toMatchObject({ event: 'done', id: '2999', data: { error: { code: 'timeout' } } });
  });

  test('sends a waiting job’s new place', async () => {
    const api = createTestApi();
    await queueJob(api);
    const id = await queueJob(api);
    const events = await open(api, id);
    expect(await events.next()).toMatchObject({ data: { queue: { position: 2 } } });
    await api.queue.take();
    expect(await events.next()).toMatchObject({ event: 'state', id: '500', data: { queue: { position: 1 } } });
    await events.close();
  });

  test('leaves out what the client has seen', async () => {
    const api = createTestApi();
    const id = await queueJob(api);
    await api.queue.take();
    await api.queue.progress(id, { stage: 'fetched', percent: 10 });
    const events = await open(api, id, { 'last-event-id': '1010' });
    await api.queue.progress(id, { stage: 'parsed', percent: 90 });
    expect(await events.next()).toMatchObject({ id: '1090' });
    await events.close();
  });

  test('answers 204 to a client that has seen the end, so that browsers stop asking', async () => {
    const api = createTestApi();
    const id = await queueJob(api);
    await api.queue.cancel(id);
    const events = await open(api, id);
    const end = await events.next();
    expect(end).toMatchObject({ event: 'done', data: { status: 'canceled' } });
    const again = await api.request(`/v1/jobs/${id}/events`, { headers: { 'last-event-id': end?.id ?? '' } });
    expect(again.status).toBe(204);
  });

  test('ends with a job that is removed', async () => {
    const api = createTestApi();
    const id = await queueJob(api);
    const events = await open(api, id);
    await events.next();
    await api.queue.remove(id, anonymousOwner);
    expect(await events.next()).toBeUndefined();
  });

  test('ends when the process stops', async () => {
    const stopping = new AbortController();
    const api = createTestApi({ stopping: stopping.signal });
    const events = await open(api, await queueJob(api));
    await events.next();
    stopping.abort();
    expect(await events.next()).toBeUndefined();
  });

  test('refuses more streams than may be open, until one is closed', async () => {
    const api = createTestApi({ settings: { maxEventStreams: 1 } });
    const id = await queueJob(api);
    const first = await open(api, id);
    await first.next();
    const refused = await api.request(`/v1/jobs/${id}/events`);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('10');
    await first.close();
    await expect.poll(async () => (await api.request(`/v1/jobs/${id}/events`)).status).toBe(200);
  });

  test.each(['x', '-1', '1e3', ' '.repeat(3) + '1 2'])('refuses Last-Event-ID %s', async (value) => {
    const api = createTestApi();
    const response = await api.request(`/v1/jobs/${await queueJob(api)}/events`, {
      headers: { 'last-event-id': value },
    });
    expect(response.status).toBe(422);
  });

  test('opens nothing for HEAD', async () => {
    const api = createTestApi({ settings: { maxEventStreams: 1 } });
    const id = await queueJob(api);
    for (let time = 1; time <= 3; time++) {
      expect((await api.app.request(`/v1/jobs/${id}/events`, { method: 'HEAD' })).status).toBe(200);
    }
  });

  test('answers 404 if there is no such job', async () => {
    const response = await createTestApi().request('/v1/jobs/job_00000000000000000000000000000000/events');
    expect(response.status).toBe(404);
  });
});
