/** Whether everything has come to rest: nothing waits, nobody holds a slot, nothing is on its way. */
import { batchQueueName, queueName, webhookQueueName } from '@m2fp/contract';
import type { Evidence, Finding } from './evidence.ts';

/** What still moves, in words; nothing once all has settled. */
export async function whatMoves(evidence: Evidence): Promise<string[]> {
  const { redis, keys, prefix, model, load } = evidence;
  const parse = queueName(model);
  const queues = [parse, batchQueueName(parse), webhookQueueName];
  const sets = [
    ...queues.flatMap((queue) => [
      { what: `${queue}: delayed`, key: `${prefix}:${queue}:delayed` },
      { what: `${queue}: waiting`, key: `${prefix}:${queue}:prioritized` },
    ]),
    { what: 'jobs whose webhook is not sent', key: keys.webhookJobs(parse) },
    { what: 'uploads without a job', key: keys.pendingUploads },
    ...evidence.owners.map(({ name }) => ({ what: `slots of ${name}`, key: keys.runningJobs(name) })),
  ];
  const lists = queues.flatMap((queue) => ['wait', 'active'].map((list) => `${prefix}:${queue}:${list}`));
  const counts = [
    { what: 'users who wait', count: load.unfinished() },
    ...(await Promise.all(sets.map(async ({ what, key }) => ({ what, count: await redis.zcard(key) })))),
    ...(await Promise.all(lists.map(async (key) => ({ what: key, count: await redis.llen(key) })))),
    ...(await Promise.all(
      evidence.owners.map(async ({ name }) => {
        return { what: `open batches of ${name}`, count: await redis.hlen(keys.openBatches(name)) };
      }),
    )),
  ];
  return counts.flatMap(({ what, count }) => (count === 0 ? [] : [`${what}: ${count}`]));
}

/**
 * Photos whose request broke off are given up after an hour or a day: brings that forward, so that what removes them
 * can be seen to do so.
 */
export async function endWaitForUploads({ redis, keys }: Evidence): Promise<number> {
  const members = await redis.zrange(keys.pendingUploads, 0, '-1');
  const due = members.flatMap((member) => [Date.now() - 1, member]);
  if (due.length > 0) await redis.zadd(keys.pendingUploads, 'XX', ...due);
  return members.length;
}

/** Shares that are counted for as long as something is kept. */
const keptShares: ReadonlySet<string> = new Set(['retained_jobs', 'retained_bytes']);

/** What each API counts against its owners, as it says itself: all of it is back at zero. */
export async function checkShares({ apis, owners, operatorKey, signal }: Evidence): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { url, name } of apis) {
    if (url === undefined) continue;
    const read = async (path: string, key: string): Promise<string> => {
      const answer = await fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${key}` }, signal });
      if (!answer.ok) throw new Error(`${name}: ${path} answers ${answer.status}`);
      return answer.text();
    };
    // The figures are as of an owner's last request to this process.
    for (const owner of owners) await read('/v1/models', owner.apiKey);
    const held = (await read('/metrics', operatorKey)).matchAll(/^m2fp_owner_share_held\{([^}]*)\} (\S+)$/gm);
    for (const [, labels = '', value = ''] of held) {
      const share = /share="([^"]*)"/.exec(labels)?.[1] ?? '';
      const isAsked = owners.some((owner) => labels.includes(`owner="${owner.name}"`));
      if (!isAsked || keptShares.has(share) || Number(value) === 0) continue;
      findings.push({ check: 'shares', what: `${name} counts ${value} for ${labels}` });
    }
  }
  return findings;
}
