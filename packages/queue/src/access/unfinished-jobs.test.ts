import { redisKeys } from '@m2fp/contract';
import { expect, test } from 'vitest';
import { type CountedJobState, UnfinishedJobs } from './unfinished-jobs.ts';

/** What the scripts do, on one sorted set in memory. */
function createSet(ids: readonly string[]) {
  const members = [...ids];
  return {
    members,
    async eval(): Promise<never> {
      throw new Error('The script is known.');
    },
    async evalsha(_hash: string, _keys: number, ...args: (string | number | Buffer)[]): Promise<unknown> {
      const [, id = '', limit = 0] = args;
      if (members.includes(String(id))) return 1;
      if (members.length >= Number(limit)) return 0;
      members.push(String(id));
      return 1;
    },
    async zrange(_key: string, first: number, last: string): Promise<string[]> {
      return members.slice(first, Number(last) + 1).flatMap((id) => [id, '0']);
    },
    async zrem(_key: string, ...gone: string[]): Promise<number> {
      for (const id of gone) members.splice(members.indexOf(id), 1);
      return gone.length;
    },
  };
}

const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `job${at}`);

test('however many creates are refused at once, an owner’s jobs are looked through once, and not all', async () => {
  const set = createSet(names(5_000));
  let asked = 0;
  const jobs = new UnfinishedJobs(set, redisKeys('test'), async (ids) => {
    asked += ids.length;
    return ids.map((): CountedJobState => 'unfinished');
  });
  const added = await Promise.all(names(50).map((id) => jobs.add('owner', `new-${id}`, 5_000)));
  expect(added.filter(Boolean)).toEqual([]);
  expect(asked).toBeLessThanOrEqual(1_000);
});

test('a job that has ended makes room, wherever it stands among thousands', async () => {
  const set = createSet(names(5_000));
  const jobs = new UnfinishedJobs(set, redisKeys('test'), async (ids) =>
    ids.map((id): CountedJobState => (id === 'job4321' ? 'finished' : 'unfinished')),
  );
  let tries = 1;
  while (!(await jobs.add('owner', 'new', 5_000))) tries += 1;
  expect(tries).toBeLessThanOrEqual(5);
  expect(set.members).toContain('new');
  expect(set.members).not.toContain('job4321');
});
