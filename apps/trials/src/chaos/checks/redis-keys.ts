/** Every key in Redis has a reason and an end; this table has both. What is in no row of it is a leak. */
import { batchQueueName, queueName, type RedisKeys, webhookQueueName } from '@m2fp/contract';
import type { Evidence, Finding } from './evidence.ts';

/**
 * `expires`: it has a time to live. `stays`: there is one for each queue, model or owner, however many jobs there were.
 * `gone`: once nothing is left to do, it is not there.
 */
type End = 'expires' | 'stays' | 'gone';

interface Row {
  readonly pattern: RegExp;
  readonly end: End;
}

/** Stand for any owner, and for any id or hash. */
const anyOwner = 'OWNER';
const anyId = 'ID';

export async function checkRedisKeys(evidence: Evidence): Promise<{ keys: number; findings: Finding[] }> {
  const { redis, keys, prefix, model } = evidence;
  const parse = queueName(model);
  const queues = [parse, batchQueueName(parse), webhookQueueName];
  const rows = [...ownRows(keys, queues), ...queues.flatMap((queue) => queueRows(`${prefix}:${queue}`))];
  const ended = await endedJobs(evidence, queues);
  const faults: string[] = [];
  let count = 0;
  for (let cursor = '0', isFirst = true; isFirst || cursor !== '0'; isFirst = false) {
    const [next, page] = await redis.scan(cursor, 'COUNT', 500);
    const lives = await Promise.all(page.map((key) => redis.pttl(key)));
    for (const [place, key] of page.entries()) {
      count += 1;
      const fault = ended.has(key) ? undefined : faultOf(key, lives[place] ?? -1, rows);
      if (fault !== undefined) faults.push(`${key} ${fault}`);
    }
    cursor = next;
  }
  // A scan may find a key twice.
  return { keys: count, findings: [...new Set(faults)].map((what) => ({ check: 'Redis', what })) };
}

/** @param lifeMs -1 without a time to live, -2 if it is gone by now */
function faultOf(key: string, lifeMs: number, rows: readonly Row[]): string | undefined {
  const row = rows.find(({ pattern }) => pattern.test(key));
  if (lifeMs === -2) return undefined;
  if (row === undefined) return 'has no reason to be there';
  if (row.end === 'gone') return 'is there, and nothing is left to do';
  return row.end === 'expires' && lifeMs === -1 ? 'never expires' : undefined;
}

/** Keys of jobs that have ended: the queue removes them with its entry, by age and number. */
async function endedJobs({ redis, prefix }: Evidence, queues: readonly string[]): Promise<Set<string>> {
  const ended = new Set<string>();
  for (const queue of queues) {
    for (const state of ['completed', 'failed']) {
      for (const id of await redis.zrange(`${prefix}:${queue}:${state}`, 0, '-1'))
        ended.add(`${prefix}:${queue}:${id}`);
    }
  }
  return ended;
}

function ownRows(keys: RedisKeys, queues: readonly string[]): Row[] {
  const ledgers = [
    keys.idempotencyLedger(anyOwner),
    keys.deliveryLedger(anyOwner),
    keys.endedBatches(anyOwner),
    ...queues.map((queue) => keys.endedJobs(queue, anyOwner)),
  ].flatMap(({ list, bytes }) => [list, bytes]);
  const expire = [
    ...[keys.cancelFlag(anyId), keys.watched(anyId)],
    `${keys.idempotencyParts(anyOwner, '').prefix}${anyId}`,
    ...ledgers,
    ...[keys.jobs(anyOwner), keys.deliveries(anyOwner), keys.batches(anyOwner), keys.rateLimit(anyOwner)],
    ...[keys.delivery(anyId), keys.deliveryAttempts(anyId), keys.batch(anyId)],
    ...[keys.sweepLock, keys.probe],
    ...queues.flatMap((queue) => [keys.turns(queue), keys.freedTurns(queue)]),
  ];
  const stay = [
    ...[keys.models, keys.modelsSeen, keys.sweepState, keys.webhookSecrets(anyOwner)],
    ...[keys.apiKeys, keys.apiKeyUses, keys.apiKeyAudit, keys.sweptApiKeys],
  ];
  const gone = [
    ...[keys.pendingUploads, keys.runningJobs(anyOwner), keys.openBatches(anyOwner)],
    ...[keys.batchInputs(anyId), keys.batchInFlight(anyId), keys.batchOutcomes(anyId)],
    ...queues.map((queue) => keys.webhookJobs(queue)),
  ];
  return [...rowsOf(expire, 'expires'), ...rowsOf(stay, 'stays'), ...rowsOf(gone, 'gone')];
}

/** BullMQ's own, of one queue. */
function queueRows(queue: string): Row[] {
  const metrics = ['completed', 'failed'].flatMap((name) => [`metrics:${name}`, `metrics:${name}:data`]);
  const stay = ['meta', 'events', 'completed', 'failed', 'id', 'pc', 'marker', ...metrics];
  const gone = ['wait', 'active', 'prioritized', 'delayed', 'paused', 'stalled', 'limiter', `${anyId}:lock`, anyId];
  const within = (names: readonly string[]): string[] => names.map((name) => `${queue}:${name}`);
  return [
    ...rowsOf(within(stay), 'stays'),
    ...rowsOf(within(['stalled-check']), 'expires'),
    ...rowsOf(within(gone), 'gone'),
  ];
}

function rowsOf(keys: readonly string[], end: End): Row[] {
  return keys.map((key) => {
    const literal = key.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    const pattern = literal.replaceAll(anyOwner, '[a-z0-9_-]+').replaceAll(anyId, '[A-Za-z0-9_-]+');
    return { pattern: new RegExp(`^${pattern}$`), end };
  });
}
