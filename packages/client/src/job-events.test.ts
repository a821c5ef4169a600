import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { clientOf, clientWith, problem, streamOf } from '../testing/scripted-service.ts';
import type { JobEvent } from './job-events.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function jobAt(status: string, percent = 0) {
  return { id: 'job_1', status, attempts: 1, progress: { percent, stage: null } };
}

function eventOf(id: number, job: object, event = 'progress'): string {
  return `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(job)}\n\n`;
}

/** Everything that a wait tells, with the clock running for as long as it takes. */
async function follow(client: ReturnType<typeof clientOf>['client'], timeoutMs?: number) {
  const told: string[] = [];
  const tell = ({ type, job }: JobEvent): void => void told.push(`${type} ${job.status} ${job.progress.percent}`);
  const all = async (): Promise<unknown> => {
    for await (const event of client.jobs.events('job_1', { timeoutMs })) tell(event);
    return 'ended';
  };
  const ended = all().catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(120_000);
  return { told, outcome: await ended };
}

const queued = jobAt('queued');
const half = jobAt('processing', 50);
const done = jobAt('succeeded', 100);

test('one stream tells all of it, in pieces of any size', async () => {
  const text = `: heartbeat\n\n${eventOf(500, queued, 'state')}${eventOf(1050, half)}${eventOf(1999, done, 'done')}`;
  const { client, sent } = clientOf(streamOf(text.match(/[^]{1,7}/g) ?? []));
  expect(await follow(client)).toEqual({
    told: ['state queued 0', 'state processing 50', 'done succeeded 100'],
    outcome: 'ended',
  });
  expect(sent).toHaveLength(1);
});

test('a stream that breaks is taken up after the last event, and the job is read in between', async () => {
  const { client, sent } = clientOf(
    streamOf([eventOf(500, queued)], new TypeError('terminated')),
    Response.json(jobAt('processing', 20)),
    streamOf([eventOf(1020, jobAt('processing', 20)), eventOf(1050, half), eventOf(1999, done, 'done')]),
  );
  expect(await follow(client)).toEqual({
    told: ['state queued 0', 'state processing 20', 'progress processing 50', 'done succeeded 100'],
    outcome: 'ended',
  });
  expect(sent.map(({ url, headers }) => [url.split('/').at(-1), headers.get('last-event-id')])).toEqual([
    ['events', null],
    ['job_1', null],
    ['events', '500'],
  ]);
});

test('an end that was missed is found by reading: the stream has nothing more to say then', async () => {
  const nothing = new Response(null, { status: 204 });
  const { client } = clientOf(streamOf([eventOf(1050, half)]), Response.json(half), nothing, Response.json(done));
  expect((await follow(client)).told).toEqual(['state processing 50', 'done succeeded 100']);
});

test.each([
  ['refused', () => problem(429, 'overloaded', { 'retry-after': '10' })],
  ['unknown to a proxy', () => new Response('<html>', { status: 404 })],
  ['held back on the way', () => streamOf([], 'silence')],
  ['replaced by something else', () => streamOf(['data: <html>\n\n'])],
])('where streams are %s, the job is polled', async (_, stream) => {
  let reads = 0;
  const { client, sent } = clientOf(({ url }) => {
    if (url.endsWith('/events')) return stream();
    reads++;
    return Response.json(reads < 8 ? jobAt('processing', reads) : done);
  });
  const { told, outcome } = await follow(client);
  expect(outcome).toBe('ended');
  expect(told).toHaveLength(8);
  // Not again and again what does not work.
  expect(sent.filter(({ url }) => url.endsWith('/events')).length).toBeLessThanOrEqual(3);
});

test('a stream that falls silent is given up after 45 s', async () => {
  const { client, sent } = clientOf(streamOf([eventOf(500, queued)], 'silence'), Response.json(done));
  const ended = follow(client);
  await vi.advanceTimersByTimeAsync(45_000);
  expect((await ended).told).toEqual(['state queued 0', 'done succeeded 100']);
  expect(sent).toHaveLength(2);
});

test('a job that is not there ends the wait, and so does the deadline, with the job’s id', async () => {
  const missing = clientOf(problem(404, 'not_found'));
  expect((await follow(missing.client)).outcome).toMatchObject({ code: 'not_found', status: 404 });
  const slow = clientOf(({ url }) => (url.endsWith('/events') ? streamOf([eventOf(1, half)]) : Response.json(half)));
  const { told, outcome } = await follow(slow.client, 20_000);
  expect(told).toEqual(['state processing 50']);
  expect(outcome).toMatchObject({ code: 'wait_timeout', jobId: 'job_1' });
});

test('the deadline tells of the latest failure, unless the service has answered since', async () => {
  const away = clientOf(Response.json(queued), new TypeError('fetch failed'));
  expect((await follow(away.client, 20_000)).outcome).toMatchObject({
    code: 'wait_timeout',
    message: 'It took longer than 20 s. Most recently: The service cannot be reached.',
    cause: { code: 'network' },
  });
  const back = clientOf(({ url }) => (url.endsWith('/events') ? problem(429, 'overloaded') : Response.json(half)));
  expect((await follow(back.client, 20_000)).outcome).toMatchObject({ message: 'It took longer than 20 s.' });
});

test('a refused stream is not asked for again before the service says', async () => {
  const asked: number[] = [];
  const startMs = Date.now();
  const { client } = clientOf(({ url }) => {
    if (!url.endsWith('/events')) return Response.json(half);
    asked.push(Date.now() - startMs);
    return problem(429, 'overloaded', { 'retry-after': '30' });
  });
  await follow(client, 60_000);
  expect(asked[0]).toBe(0);
  expect(asked[1]).toBeGreaterThanOrEqual(30_000);
});

test('a stream whose headers are held back is given up after 10 s', async () => {
  const { client } = clientWith({
    fetch: (url, request = {}) => {
      if (!new Request(url).url.endsWith('/events')) return Promise.resolve(Response.json(done));
      return new Promise((_, reject) => {
        request.signal?.addEventListener('abort', () => reject(request.signal?.reason as Error));
      });
    },
  });
  const job = client.jobs.waitFor('job_1', { timeoutMs: 11_000 }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(11_000);
  expect(await job).toMatchObject({ status: 'succeeded' });
});

test('whoever stops listening leaves nothing open', async () => {
  let isOpen = true;
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(eventOf(1, half))),
    cancel: () => void (isOpen = false),
  });
  const { client } = clientOf(() => new Response(body));
  for await (const { job } of client.jobs.events('job_1')) {
    expect(job.status).toBe('processing');
    break;
  }
  expect(isOpen).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});
