import { afterEach, expect, test, vi } from 'vitest';
import { clientOf, streamOf } from '../testing/scripted-service.ts';
import type { Batch } from './batches.ts';

afterEach(() => void vi.useRealTimers());

const finished = { id: 'batch_1', status: 'finished', manifest: { url: 'http://bucket/manifest' }, annotations: null };

test('a batch is created once, and followed by its counts to the end', async () => {
  vi.useFakeTimers();
  const counted = (succeeded: number, status = 'processing') =>
    Response.json({ id: 'batch_1', status, counts: { succeeded } });
  const { client, sent } = clientOf(
    ...[new TypeError('fetch failed'), counted(0, 'queued')],
    ...[counted(0), counted(0), new TypeError('fetch failed'), counted(1), counted(2, 'finished')],
  );
  const created = client.batches.create({ keys: ['a', 'b'] }, { model: 'people', onRetry: () => undefined });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(JSON.parse(sent[0]?.body as string)).toEqual({ input: { keys: ['a', 'b'] }, model: 'people' });
  expect(sent[1]?.headers.get('idempotency-key')).toBe(sent[0]?.headers.get('idempotency-key'));
  const seen: Batch[] = [];
  const ended = client.batches.waitFor((await created).id, { onProgress: (batch) => seen.push(batch) });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await ended).toMatchObject({ status: 'finished' });
  expect(seen.map(({ counts }) => counts.succeeded)).toEqual([0, 1, 2]);
});

test('the wait for a batch that cannot be read says which one, and what went wrong last', async () => {
  vi.useFakeTimers();
  const failure = new TypeError('fetch failed');
  const { client } = clientOf(Response.json({ id: 'batch_1', status: 'processing' }), failure);
  const ended = client.batches.waitFor('batch_1', { timeoutMs: 60_000 }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await ended).toMatchObject({
    code: 'wait_timeout',
    message: 'The batch batch_1 took longer than 60 s. Most recently: The service cannot be reached.',
    cause: { code: 'network', cause: failure },
  });
});

test('the wait for a batch has a deadline', async () => {
  vi.useFakeTimers();
  const { client } = clientOf(Response.json({ id: 'batch_1', status: 'processing' }));
  const ended = client.batches.waitFor('batch_1', { timeoutMs: 60_000 }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await ended).toMatchObject({ code: 'wait_timeout' });
});

test('items are read on where the stream broke off, with a URL that is signed anew and no API key', async () => {
  const line = (index: number): string => `${JSON.stringify({ index, status: 'succeeded' })}\n`;
  const { client, sent } = clientOf(
    ...[Response.json(finished), streamOf([line(0), line(1), line(2).slice(0, 9)], new TypeError('terminated'))],
    ...[Response.json(finished), streamOf([line(0), `${line(1)}${line(2)}`, line(3).trimEnd()])],
  );
  const indexes: number[] = [];
  for await (const { index } of client.batches.items('batch_1')) indexes.push(index);
  expect(indexes).toEqual([0, 1, 2, 3]);
  expect(sent.map(({ url, headers }) => [url, headers.get('authorization')])).toEqual([
    ...[
      ['http://service/v1/batches/batch_1', 'Bearer m2fp_key'],
      ['http://bucket/manifest', null],
    ],
    ...[
      ['http://service/v1/batches/batch_1', 'Bearer m2fp_key'],
      ['http://bucket/manifest', null],
    ],
  ]);
});

test('an abort ends the reading of a file that has begun', async () => {
  const signed = { ...finished, annotations: { url: 'http://bucket/annotations' } };
  const { client } = clientOf(Response.json(signed), streamOf(['{'], 'silence'));
  const controller = new AbortController();
  const file = await client.batches.annotations('batch_1', { signal: controller.signal });
  const text = new Response(file).text().catch((error: unknown) => error);
  controller.abort('enough');
  expect(await text).toBe('enough');
});

test('whoever reads a file may take any time; only a silent server ends it, and no timer is left', async () => {
  vi.useFakeTimers();
  const signed = { ...finished, annotations: { url: 'http://bucket/annotations' } };
  const { client } = clientOf(Response.json(signed), streamOf(['{', '}'], 'silence'));
  const reader = (await client.batches.annotations('batch_1')).getReader();
  for (const piece of ['{', '}']) {
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(new TextDecoder().decode((await reader.read()).value)).toBe(piece);
  }
  const silent = reader.read().catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await silent).toMatchObject({ code: 'network', message: 'The server fell silent.' });
  expect(vi.getTimerCount()).toBe(0);
});

test('a file whose connection breaks leaves no timer', async () => {
  vi.useFakeTimers();
  const signed = { ...finished, annotations: { url: 'http://bucket/annotations' } };
  const { client } = clientOf(Response.json(signed), streamOf(['{'], new TypeError('terminated')));
  const file = await client.batches.annotations('batch_1');
  await expect(new Response(file).text()).rejects.toMatchObject({ code: 'network' });
  expect(vi.getTimerCount()).toBe(0);
});

test('a file that opens after the deadline of its call is closed again', async () => {
  vi.useFakeTimers();
  const signed = { ...finished, annotations: { url: 'http://bucket/annotations' } };
  const cancel = vi.fn();
  const late = async (): Promise<Response> => {
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    return new Response(new ReadableStream({ cancel }));
  };
  const { client } = clientOf(Response.json(signed), late);
  const opened = client.batches.annotations('batch_1', { timeoutMs: 5_000 }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await opened).toMatchObject({ code: 'wait_timeout' });
  await vi.advanceTimersByTimeAsync(15_000);
  expect(cancel).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

test('files that are not there yet, never will be, or are no longer kept', async () => {
  const read = (...answers: Response[]) => clientOf(...answers).client.batches.annotations('batch_1');
  const running = { ...finished, status: 'processing' };
  await expect(read(Response.json({ ...running, annotations: null }))).rejects.toMatchObject({ code: 'conflict' });
  await expect(read(Response.json(finished))).rejects.toMatchObject({ code: 'not_found' });
  const signed = { ...finished, annotations: { url: 'http://bucket/annotations' } };
  const gone = read(Response.json(signed), new Response('<Error>', { status: 404 }));
  await expect(gone).rejects.toMatchObject({ code: 'expired', status: 404 });
  const body = await read(Response.json(signed), new Response('{"images":[]}'));
  expect(await new Response(body).json()).toEqual({ images: [] });
});

test('a list is a page to await, and all pages to go through', async () => {
  const { client, sent } = clientOf(
    Response.json({ batches: [{ id: 'a' }, { id: 'b' }], next_cursor: 'b' }),
    Response.json({ batches: [{ id: 'a' }, { id: 'b' }], next_cursor: 'b' }),
    Response.json({ batches: [], next_cursor: 'c' }),
    Response.json({ batches: [{ id: 'd' }], next_cursor: null }),
  );
  expect(await client.batches.list({ limit: 2 })).toEqual({ items: [{ id: 'a' }, { id: 'b' }], nextCursor: 'b' });
  const ids: string[] = [];
  for await (const { id } of client.batches.list({ limit: 2 })) ids.push(id);
  expect(ids).toEqual(['a', 'b', 'd']);
  expect(sent.map(({ url }) => url.split('?')[1])).toEqual([
    ...['limit=2', 'limit=2', 'limit=2&cursor=b', 'limit=2&cursor=c'],
  ]);
});
