import { queueName } from '@m2fp/contract';
import { clusterNodes } from '@m2fp/service/redis';
import type { Redis } from 'ioredis';

/**
 * How many workers each model has now, by the names that BullMQ gives its connections: the prefix, and the queue's name
 * in Base64. One command for each server, however many models there are. Undefined if the server does not list its
 * clients, as some hosted ones do not.
 */
export async function countWorkers(
  redis: Redis,
  prefix: string,
  models: readonly string[],
): Promise<ReadonlyMap<string, number> | undefined> {
  const list = await clientList(redis);
  if (list === undefined) return undefined;
  const counts = new Map(models.map((model) => [model, 0]));
  const byClient = new Map(models.map((model) => [`${prefix}:${base64(queueName(model))}`, model]));
  for (const [, name = ''] of list.matchAll(/(?:^| )name=(\S*)/gm)) {
    const end = name.indexOf(':w:');
    const model = byClient.get(end === -1 ? name : name.slice(0, end));
    if (model !== undefined) counts.set(model, (counts.get(model) ?? 0) + 1);
  }
  return counts;
}

async function clientList(redis: Redis): Promise<string | undefined> {
  try {
    const lists = await Promise.all(clusterNodes(redis).map((node) => node.client('LIST')));
    return lists.join('\n');
  } catch (error) {
    if (error instanceof Error && /unknown command/i.test(error.message)) return undefined;
    throw error;
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
