import { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
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

/** A photo that is computed until its gate is opened. */
function gatedPhoto() {
  const path = join(tmpdir(), `m2fp-gate-${randomUUID()}`);
  onTestFinished(() => rm(path, { force: true }));
  return { path, photo: photo(`wait ${path}`), open: () => writeFile(path, '') };
}

/** One process that is ready, and its pid. */
async function createReadyPool(changes: Parameters<typeof createPool>[0] = {}) {
  const { pool, events } = createPool(changes);
  await pool.parse(photo('ok'), options, patient);
  const [pid = 0] = await pidsOf(pool);
  return { pool, events, pid };
}

describe('two photos in one process', () => {
  it('are decoded at the same time, and computed in order', async () => {
    const { pool, pid } = await createReadyPool();
    const { photo: gated, open } = gatedPhoto();
    const first = pool.parse(gated, options, patient);
    await expect(pool.parse(photo('early fail image_unreadable'), options, patient)).rejects.toMatchObject({
      code: 'image_unreadable',
    });
    const second = pool.parse(photo('ok'), options, patient);
    await open();
    await Promise.all([first, second]);
    expect(await pidsOf(pool)).toEqual([pid]);
  });

  it('are in two processes if there are two', async () => {
    const { pool } = await createReadyPool({ processes: 2 });
    const { photo: gated, open } = gatedPhoto();
    const first = pool.parse(gated, options, patient);
    await pool.parse(photo('ok'), options, patient);
    expect(await pidsOf(pool)).toHaveLength(2);
    await open();
    await first;
  });

  it('do not share a time limit: it counts from when there is no other before', async () => {
    const { pool, pid } = await createReadyPool();
    const first = pool.parse(photo('sleep 900'), options, patient);
    const second = pool.parse(photo('ok'), options, { timeoutMs: 500, signal: never });
    await expect(Promise.all([first, second])).resolves.toBeDefined();
    expect(await pidsOf(pool)).toEqual([pid]);
  });

  it('do not share a time limit: the other one is parsed again if one ran into its own', async () => {
    const { pool } = await createReadyPool();
    const first = pool.parse(photo('hang'), options, { timeoutMs: 200, signal: never });
    const second = pool.parse(photo('ok'), options, patient);
    await expect(first).rejects.toMatchObject({ code: 'timeout' });
    await expect(second).resolves.toHaveProperty('summary');
    expect((await pool.stats()).ends).toMatchObject({ timeout: 1, crashed: 0 });
  });

  it('do not share a cancel: the first one’s ends the process, and the other one is parsed again', async () => {
    const { pool } = await createReadyPool();
    const cancel = new AbortController();
    const first = pool.parse(photo('hang'), options, { timeoutMs: 20_000, signal: cancel.signal });
    const second = pool.parse(photo('ok'), options, patient);
    await until(async () => (await pool.stats()).processes[0]?.photos === 3);
    cancel.abort('canceled');
    await expect(first).rejects.toMatchObject({ code: 'canceled' });
    await expect(second).resolves.toHaveProperty('summary');
    expect((await pool.stats()).ends).toMatchObject({ canceled: 1, crashed: 0 });
  });

  it('do not share a cancel: the second one’s leaves the process alone, and it is not computed', async () => {
    const { pool, pid } = await createReadyPool();
    const { photo: gated, open } = gatedPhoto();
    const cancel = new AbortController();
    const first = pool.parse(gated, options, patient);
    const second = pool.parse(photo('hang'), options, { timeoutMs: 20_000, signal: cancel.signal });
    cancel.abort('canceled');
    await expect(second).rejects.toMatchObject({ code: 'canceled' });
    await open();
    await first;
    await pool.parse(photo('ok'), options, patient);
    expect(await pidsOf(pool)).toEqual([pid]);
  });

  it('are never more than two: one that was canceled counts until the process has done with it', async () => {
    const { pool, pid } = await createReadyPool();
    const [one, other] = [gatedPhoto(), gatedPhoto()];
    const cancel = new AbortController();
    const first = pool.parse(one.photo, options, patient);
    const second = pool.parse(photo(`early wait ${other.path}`), options, { timeoutMs: 20_000, signal: cancel.signal });
    await until(async () => (await pool.stats()).processes[0]?.photos === 3);
    cancel.abort('canceled');
    await expect(second).rejects.toMatchObject({ code: 'canceled' });
    const third = pool.parse(photo('early fail image_unreadable'), options, patient);
    expect(await pool.stats()).toMatchObject({ waiting: 1, processes: [{ photos: 3 }] });
    await other.open();
    await expect(third).rejects.toMatchObject({ code: 'image_unreadable' });
    await one.open();
    await first;
    expect(await pidsOf(pool)).toEqual([pid]);
  });

  it('do not share a decoder that takes too long, even if nobody waits for its photo any more', async () => {
    const { pool, pid } = await createReadyPool();
    const [one, other] = [gatedPhoto(), gatedPhoto()];
    const cancel = new AbortController();
    const first = pool.parse(one.photo, options, patient);
    const late = photo(`early late ${other.path}`);
    const second = pool.parse(late, options, { timeoutMs: 20_000, signal: cancel.signal });
    await until(async () => (await pool.stats()).processes[0]?.photos === 3);
    cancel.abort('canceled');
    await expect(second).rejects.toMatchObject({ code: 'canceled' });
    await Promise.all([other.open(), one.open()]);
    await first;
    await until(async () => !(await pidsOf(pool)).includes(pid));
    await pool.parse(photo('ok'), options, patient);
    expect((await pool.stats()).ends).toMatchObject({ timeout: 1, crashed: 0 });
  });

  it.each([
    ['first', 'crash', 'ok'],
    ['second', 'sleep 300', 'early crash'],
  ])('are parsed again after a crash, each alone: only the %s has failed', async (guilty, one, other) => {
    const { pool } = await createReadyPool();
    const outcomes = await Promise.allSettled(
      [one, other].map((script) => pool.parse(photo(script), options, patient)),
    );
    const failed = outcomes.map(({ status }) => status === 'rejected');
    expect(failed).toEqual(guilty === 'first' ? [true, false] : [false, true]);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'internal' } });
    expect((await pool.stats()).ends).toMatchObject({ crashed: 2 });
  });

  it('do not share a decoder that takes too long: its process ends once the other one is done', async () => {
    const { pool, pid } = await createReadyPool();
    const { photo: gated, open } = gatedPhoto();
    const first = pool.parse(gated, options, patient);
    await expect(pool.parse(photo('early late'), options, patient)).rejects.toMatchObject({
      code: 'timeout',
      retryable: false,
    });
    const third = pool.parse(photo('ok'), options, patient);
    await open();
    await Promise.all([first, third]);
    expect(await pidsOf(pool)).not.toContain(pid);
    expect((await pool.stats()).ends).toMatchObject({ timeout: 1 });
  });

  it('do not share the end of a process: one that comes while it is being killed is parsed in the next', async () => {
    const { pool } = await createReadyPool();
    const others: Promise<unknown>[] = [];
    const spy = vi.spyOn(ChildProcess.prototype, 'kill').mockImplementation(function (this: ChildProcess, signal) {
      others.push(pool.parse(photo('ok'), options, patient));
      return process.kill(this.pid ?? 0, signal);
    });
    onTestFinished(() => spy.mockRestore());
    await expect(pool.parse(photo('late'), options, patient)).rejects.toMatchObject({ code: 'timeout' });
    spy.mockRestore();
    expect(others).toHaveLength(1);
    await expect(others[0]).resolves.toHaveProperty('summary');
    expect(await pool.stats()).toMatchObject({ started: 2, ends: { timeout: 1 } });
  });

  it('do not come together in a process that has served its number', async () => {
    const { pool, pid } = await createReadyPool({ maxJobs: 2 });
    const { photo: gated, open } = gatedPhoto();
    const first = pool.parse(gated, options, patient);
    const second = pool.parse(photo('ok'), options, patient);
    await until(async () => (await pool.stats()).waiting === 1);
    await open();
    await Promise.all([first, second]);
    expect(await pidsOf(pool)).not.toContain(pid);
    expect(await pool.stats()).toMatchObject({ started: 2, recycled: 1, lost: 0 });
  });

  it('have a progress that never falls, even if one is parsed again', async () => {
    const { pool } = await createReadyPool();
    const percents: number[] = [];
    const onProgress = ({ percent }: ParseProgress): void => void percents.push(percent);
    const first = pool.parse(photo('hang'), options, { timeoutMs: 700, signal: never });
    const second = pool.parse(photo('ok'), options, { ...patient, onProgress });
    await expect(first).rejects.toMatchObject({ code: 'timeout' });
    await second;
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
  });
});
