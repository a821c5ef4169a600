import { beforeEach, expect, it, vi } from 'vitest';
import { readRecentJobs, rememberJob, updateJob } from './recent-jobs.ts';

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
  return () => vi.unstubAllGlobals();
});

it('keeps the newest, whichever of the others end later', () => {
  const ids = Array.from({ length: 201 }, (_, i) => `job_${i}`);
  for (const id of ids) rememberJob({ id, name: id });
  updateJob({ id: 'job_0', name: 'ended' });
  updateJob({ id: 'job_1', name: 'ended' });
  const kept = readRecentJobs();
  expect(kept.map(({ id }) => id)).toEqual(ids.slice(1).reverse());
  expect(kept.at(-1)?.name).toBe('ended');
});

it('ignores a picture that is empty', () => {
  rememberJob({ id: 'job_1', name: 'a.jpg', thumbnail: '' });
  expect(readRecentJobs()[0]).not.toHaveProperty('thumbnail');
  updateJob({ id: 'job_1', name: 'a.jpg', thumbnail: '/9j/' });
  updateJob({ id: 'job_1', name: 'a.jpg' });
  expect(readRecentJobs()[0]).toMatchObject({ thumbnail: '/9j/' });
});
