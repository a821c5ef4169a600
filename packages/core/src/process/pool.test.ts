import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { isAlive } from '../../testing/process/is-alive.ts';
import {
  closePools,
  createPool,
  never,
  options,
  patient,
  photo,
  pidsOf,
  until,
} from '../../testing/process/scripted-pool.ts';
import type { ParseProgress } from './parse-progress.ts';

afterEach(closePools);

describe('the progress of a photo', () => {
  it('is told while its process is busy, and moves by itself until the next step', async () => {
    const { pool } = createPool();
    const gate = join(tmpdir(), `m2fp-gate-${randomUUID()}`);
    onTestFinished(() => rm(gate, { force: true }));
    const told: ParseProgress[] = [];
    const onProgress = (progress: ParseProgress): void => void told.push(progress);
    const parse = pool.parse(photo(`heads ${gate}`), options, { ...patient, onProgress });
    await until(() => told.filter(({ stage }) => stage === 'detected').length >= 3);
    await writeFile(gate, '');
    await parse;
    const ofHeads = told.filter(({ stage }) => stage === 'detected');
    for (const progress of ofHeads) expect(progress).toMatchObject({ done: 1, total: 2 });
    const percents = told.map(({ percent }) => percent);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(ofHeads[0]?.percent).toBeGreaterThan(40);
    expect(percents.at(-1)).toBeGreaterThan(ofHeads[0]?.percent ?? 0);
    expect(percents.at(-1)).toBeLessThan(85);
  });

  it('has an end: a process that tells steps without end is killed', async () => {
    const { pool } = createPool();
    await expect(pool.parse(photo('steps'), options, patient)).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('a pool of parser processes', () => {
  it('starts no process before the first photo, and one for it', async () => {
    const { pool } = createPool({ processes: 2 });
    expect(await pidsOf(pool)).toEqual([]);
    const parsed = await pool.parse(photo('ok'), options, patient);
    expect(parsed.files.map(({ name }) => name)).toEqual(['masks.json', 'colormap.png', 'instances.png']);
    expect(parsed.timings).toMatchObject({
      network: 1,
      load: expect.any(Number) as number,
      wait: expect.any(Number) as number,
    });
    expect(await pidsOf(pool)).toHaveLength(1);
  });

  it('replaces a used process that is idle with a fresh one, once', async () => {
    const { pool, events } = createPool({ refreshAfterMs: 1 });
    await pool.parse(photo('ok'), options, patient);
    const [first] = await pidsOf(pool);
    await until(() => events.onStarted.mock.calls.length === 2);
    expect(events.onEnded).toHaveBeenCalledExactlyOnceWith(first, 'recycled', expect.anything());
    await until(async () => (await pool.stats()).processes.some(({ busy }) => !busy));
    // Another would have started by now: its wait is long over.
    await sleep(200);
    expect(events.onStarted).toHaveBeenCalledTimes(2);
    const next = await pool.parse(photo('ok'), options, patient);
    expect(next.timings).not.toHaveProperty('load');
  });

  it('serves a photo that comes while a process is being replaced', async () => {
    const { pool, events } = createPool({ refreshAfterMs: 1 });
    await pool.parse(photo('ok'), options, patient);
    await until(() => events.onEnded.mock.calls.length === 1);
    await expect(pool.parse(photo('ok'), options, patient)).resolves.toHaveProperty('summary');
    expect(await pidsOf(pool)).toHaveLength(1);
  });

  it('closes while a process is being replaced', async () => {
    const { pool, events } = createPool({ refreshAfterMs: 1 });
    await pool.parse(photo('ok'), options, patient);
    await until(() => events.onEnded.mock.calls.length === 1);
    await pool.close();
    expect(await pidsOf(pool)).toEqual([]);
  });

  it('loads a model once per process', async () => {
    const { pool, events } = createPool();
    await pool.parse(photo('ok 1'), options, patient);
    const second = await pool.parse(photo('ok 2'), options, patient);
    expect(second.timings).not.toHaveProperty('load');
    expect(events.onStarted).toHaveBeenCalledTimes(1);
  });

  it('serves as many photos at a time as it has processes, and the others in order', async () => {
    const { pool } = createPool({ processes: 1 });
    const done: string[] = [];
    const parse = async (script: string): Promise<void> => {
      await pool.parse(photo(script), options, patient);
      done.push(script);
    };
    await Promise.all([parse('sleep 50'), parse('ok first'), parse('ok second')]);
    expect(done).toEqual(['sleep 50', 'ok first', 'ok second']);
    expect((await pool.stats()).started).toBe(1);
  });

  it('refuses a caller when the line is full', async () => {
    const { pool } = createPool({ maxWaiting: 1 });
    const running = [pool.parse(photo('sleep 200'), options, patient), pool.parse(photo('ok'), options, patient)];
    await expect(pool.parse(photo('ok'), options, patient)).rejects.toMatchObject({
      code: 'overloaded',
      retryable: true,
    });
    await Promise.all(running);
  });

  it('passes on the error of a photo and keeps the process', async () => {
    const { pool } = createPool();
    await pool.parse(photo('ok'), options, patient);
    const [pid] = await pidsOf(pool);
    await expect(pool.parse(photo('fail image_unreadable'), options, patient)).rejects.toMatchObject({
      code: 'image_unreadable',
      message: 'Failed with image_unreadable.',
      retryable: false,
    });
    await expect(pool.parse(photo('throw'), options, patient)).rejects.toMatchObject({
      code: 'internal',
      retryable: true,
      message: expect.not.stringContaining('Unscripted') as string,
    });
    expect(await pidsOf(pool)).toEqual([pid]);
  });

  it('kills a process that hangs, and serves the next photo with another one', async () => {
    const { pool, events } = createPool();
    await pool.parse(photo('ok'), options, patient);
    const [pid = 0] = await pidsOf(pool);
    await expect(pool.parse(photo('hang'), options, { timeoutMs: 100, signal: never })).rejects.toMatchObject({
      code: 'timeout',
      retryable: true,
    });
    expect(isAlive(pid)).toBe(false);
    await pool.parse(photo('ok'), options, patient);
    expect(events.onEnded).toHaveBeenCalledWith(pid, 'lost', expect.stringContaining('SIGKILL'));
    expect(await pidsOf(pool)).not.toContain(pid);
  });

  it.each([
    ['crashes', 'crash', 'SIGSEGV'],
    ['exits', 'exit 3', 'exit code 3'],
    ['answers nonsense', 'garbage', 'SIGKILL'],
  ])('fails one photo as internal when its process %s, and serves the next', async (_what, script, how) => {
    const { pool, events } = createPool();
    await expect(pool.parse(photo(script), options, patient)).rejects.toMatchObject({
      code: 'internal',
      retryable: true,
    });
    await expect(pool.parse(photo('ok'), options, patient)).resolves.toBeDefined();
    expect(events.onEnded).toHaveBeenCalledWith(expect.any(Number), 'lost', expect.stringContaining(how));
  });

  it('notices a process that died between two photos', async () => {
    const { pool } = createPool();
    await pool.parse(photo('ok'), options, patient);
    const [pid = 0] = await pidsOf(pool);
    process.kill(pid, 'SIGKILL');
    await until(async () => (await pidsOf(pool)).length === 0);
    await expect(pool.parse(photo('ok'), options, patient)).resolves.toBeDefined();
    expect((await pool.stats()).lost).toBe(1);
  });

  it('replaces a process after a given number of photos', async () => {
    const { pool, events } = createPool({ maxJobs: 2 });
    for (const script of ['ok 1', 'ok 2', 'ok 3']) await pool.parse(photo(script), options, patient);
    expect(await pool.stats()).toMatchObject({ started: 2, recycled: 1, lost: 0 });
    expect(events.onEnded).toHaveBeenCalledWith(expect.any(Number), 'recycled', expect.stringContaining('exit code 0'));
  });

  it('replaces a process that has grown too large', async () => {
    const { pool } = createPool({ maxRssBytes: 400 * 2 ** 20 });
    await pool.parse(photo('ok'), options, patient);
    await pool.parse(photo('ok'), options, patient);
    expect(await pool.stats()).toMatchObject({ started: 1, recycled: 0 });
    await pool.parse(photo('grow 400'), options, patient);
    await pool.parse(photo('ok'), options, patient);
    expect(await pool.stats()).toMatchObject({ started: 2, recycled: 1 });
  });

  it('has killed the process by the time a canceled parse fails', async () => {
    const { pool } = createPool();
    await pool.parse(photo('ok'), options, patient);
    const [pid = 0] = await pidsOf(pool);
    const cancel = new AbortController();
    const parse = pool.parse(photo('hang'), options, { timeoutMs: 20_000, signal: cancel.signal });
    setTimeout(() => cancel.abort('canceled'), 50);
    await expect(parse).rejects.toMatchObject({ code: 'canceled' });
    expect(isAlive(pid)).toBe(false);
  });

  it('lets a canceled caller leave the line, and serves those behind it', async () => {
    const { pool } = createPool();
    const cancel = new AbortController();
    const first = pool.parse(photo('sleep 200'), options, patient);
    const second = pool.parse(photo('ok'), options, { timeoutMs: 20_000, signal: cancel.signal });
    const third = pool.parse(photo('ok'), options, patient);
    cancel.abort();
    await expect(second).rejects.toMatchObject({ code: 'canceled' });
    await expect(Promise.all([first, third])).resolves.toHaveLength(2);
    expect((await pool.stats()).started).toBe(1);
  });

  it('starts nothing for a caller that was already canceled', async () => {
    const { pool } = createPool();
    const canceled = { timeoutMs: 20_000, signal: AbortSignal.abort() };
    await expect(pool.parse(photo('ok'), options, canceled)).rejects.toMatchObject({ code: 'canceled' });
    expect((await pool.stats()).started).toBe(0);
  });

  it('fails with the model’s error, and loads again for the next photo', async () => {
    const { pool } = createPool({ modelName: 'missing' });
    for (let attempt = 1; attempt <= 2; attempt++) {
      await expect(pool.parse(photo('ok'), options, patient)).rejects.toMatchObject({
        code: 'model_unavailable',
        retryable: false,
      });
    }
    expect((await pool.stats()).started).toBe(2);
  });

  it('gives loading its own deadline', async () => {
    const { pool } = createPool({ modelName: 'hangs', loadTimeoutMs: 300 });
    await expect(pool.parse(photo('ok'), options, patient)).rejects.toMatchObject({
      code: 'timeout',
      message: 'The model was not ready after 0.3 s.',
    });
    expect(await pidsOf(pool)).toEqual([]);
  });

  /** One that ends only when it is told to. */
  const endlessCheck = () =>
    vi.fn(
      (_bundle: string, signal: AbortSignal) =>
        new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('The read was ended.')), { once: true });
        }),
    );
  const found = { find: async () => 'scripted', forget: () => undefined };

  it('counts the check of the model’s files as loading, and ends it with the deadline', async () => {
    const check = endlessCheck();
    const { pool } = createPool({ bundles: { ...found, check }, loadTimeoutMs: 300 });
    await expect(pool.parse(photo('ok'), options, patient)).rejects.toMatchObject({
      code: 'timeout',
      message: 'The model was not ready after 0.3 s.',
    });
    expect(check.mock.lastCall?.[1].aborted).toBe(true);
    expect(await pidsOf(pool)).toEqual([]);
  });

  it('checks the model’s files once for processes that start together, as long as anybody waits for it', async () => {
    const check = endlessCheck();
    const { pool } = createPool({ processes: 2, bundles: { ...found, check } });
    const [one, other] = [new AbortController(), new AbortController()];
    const first = pool.parse(photo('ok'), options, { timeoutMs: 20_000, signal: one.signal });
    const second = pool.parse(photo('ok'), options, { timeoutMs: 20_000, signal: other.signal });
    await until(async () => (await pool.stats()).started === 2);
    one.abort();
    await expect(first).rejects.toMatchObject({ code: 'canceled' });
    expect(check.mock.lastCall?.[1].aborted).toBe(false);
    other.abort();
    await expect(second).rejects.toMatchObject({ code: 'canceled' });
    expect(check.mock.lastCall?.[1].aborted).toBe(true);
    expect(check).toHaveBeenCalledTimes(1);
  });

  it('closes while the model’s files are being checked', async () => {
    const { pool } = createPool({ bundles: { ...found, check: endlessCheck() } });
    const parse = pool.parse(photo('ok'), options, patient);
    await until(async () => (await pool.stats()).started === 1);
    await Promise.all([expect(parse).rejects.toMatchObject({ code: 'internal' }), pool.close()]);
  });

  it('on close kills what runs, refuses what waits, and starts nothing more', async () => {
    const { pool } = createPool();
    await pool.parse(photo('ok'), options, patient);
    const [pid = 0] = await pidsOf(pool);
    const running = pool.parse(photo('hang'), options, patient);
    const waiting = pool.parse(photo('ok'), options, patient);
    const outcomes = Promise.allSettled([running, waiting]);
    await pool.close();
    expect(isAlive(pid)).toBe(false);
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(pool.parse(photo('ok'), options, patient)).rejects.toMatchObject({ code: 'internal' });
  });

  it('keeps only the beginning of a line that a process writes without end', async () => {
    const { pool, events } = createPool();
    await pool.parse(photo('babble 8'), options, patient);
    await until(() => events.onOutput.mock.calls.length > 0);
    expect(events.onOutput.mock.calls.map(([, line]) => String(line).length)).toEqual([4_096]);
  });

  it('reports the memory of its processes', async () => {
    const { pool } = createPool();
    await pool.parse(photo('ok'), options, patient);
    const { processes } = await pool.stats();
    expect(processes).toEqual([
      { pid: expect.any(Number) as number, busy: false, photos: 1, rssBytes: expect.any(Number) as number },
    ]);
    expect(processes[0]?.rssBytes).toBeGreaterThan(10 * 2 ** 20);
  });
});
