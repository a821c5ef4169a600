import {
  anonymousOwner,
  batchQueueName,
  createBatchId,
  finalBatchStatuses,
  parseOptionsSchema,
  redisKeys,
  webhookQueueName,
  type CocoDataset,
} from '@m2fp/contract';
import { Batches, type BatchRecord, type BatchSpec } from '@m2fp/queue/batches';
import { Deliveries, WebhookSecrets, type Delivery } from '@m2fp/queue/webhooks';
import { Queue } from 'bullmq';
import { createLogger } from '@m2fp/service/logger';
import { readConfig } from '../../../apps/dispatcher/src/config.ts';
import { startDispatcher, type RunningDispatcher } from '../../../apps/dispatcher/src/start-dispatcher.ts';
import type { Resolve } from '@m2fp/service/outgoing';
import { createJobBench, type JobBench } from '../worker/job-bench.ts';
import { until } from '../worker/until.ts';

export interface ManifestLine {
  readonly index: number;
  readonly key: string;
  readonly job_id: string | null;
  readonly status: string;
  readonly files?: readonly { readonly key: string }[];
  readonly error?: { readonly code: string };
}

const signal = new AbortController().signal;
const retentionS = 3_600;

/** A job bench with dispatchers in this process, and what they keep. Webhook times are scaled down to tens of ms. */
export function createDispatchBench() {
  const jobs: JobBench = createJobBench();
  const { name, redis, storage } = jobs;
  const keys = redisKeys(name);
  const queueSettings = { prefix: name, connection: redis };
  const queues = {
    webhooks: new Queue(webhookQueueName, queueSettings),
    batches: new Queue(batchQueueName(jobs.queue.name), queueSettings),
  };
  const deliveries = new Deliveries(redis, keys, queues.webhooks, { retentionS });
  const batches = new Batches(redis, keys, queues.batches, { retentionS });
  const running = new Set<RunningDispatcher>();

  return {
    ...{ jobs, keys, queues, deliveries, batches },
    secrets: new WebhookSecrets(redis, keys),

    env: (changes: NodeJS.ProcessEnv = {}) => ({
      ...jobs.workerEnv(),
      WEBHOOK_SCHEDULE_S: '0,0.02,0.02,0.02,0.02',
      WEBHOOK_TIMEOUT_MS: '300',
      WEBHOOK_ALLOW_LOOPBACK: '1',
      RECONCILE_INTERVAL_MS: '200',
      ...changes,
    }),

    async startDispatcher(changes: NodeJS.ProcessEnv = {}, resolve?: Resolve): Promise<RunningDispatcher> {
      const log = createLogger('silent', {});
      const config = readConfig(this.env(changes));
      const dispatcher = await startDispatcher(config, resolve === undefined ? { log } : { log, resolve });
      running.add(dispatcher);
      return dispatcher;
    },

    /** Stops a dispatcher before the test's end. */
    async stop(dispatcher: RunningDispatcher): Promise<void> {
      running.delete(dispatcher);
      await dispatcher.stop();
    },

    /** Puts photos where a batch finds them; each is a script for the scripted parser. Returns their keys. */
    async putPhotos(scripts: readonly string[]): Promise<string[]> {
      const places = scripts.map((script, index) => ({
        script,
        key: `inputs/${name}/batch/${String(index).padStart(6, '0')}`,
      }));
      const put = ({ script, key }: { script: string; key: string }): Promise<void> =>
        storage.put(key, new TextEncoder().encode(script), { contentType: 'image/jpeg', signal });
      for (let start = 0; start < places.length; start += 50) {
        await Promise.all(places.slice(start, start + 50).map(put));
      }
      return places.map(({ key }) => key);
    },

    async createBatch(from: { keys: readonly string[] } | { prefix: string }, more: Partial<BatchSpec> = {}) {
      const id = createBatchId();
      const spec: BatchSpec = {
        v: 1,
        owner: anonymousOwner,
        output: { prefix: `results/${name}/${id}/` },
        options: parseOptionsSchema.parse({ outputs: ['masks'] }),
        createdAt: new Date().toISOString(),
        ...('prefix' in from ? { inputPrefix: from.prefix } : {}),
        ...more,
      };
      await batches.create({ id, spec, keys: 'keys' in from ? from.keys : undefined });
      return id;
    },

    async finalBatch(id: string): Promise<BatchRecord> {
      let batch: BatchRecord | undefined;
      await until(async () => {
        batch = await batches.find(id);
        return batch !== undefined && finalBatchStatuses.has(batch.status);
      });
      if (batch === undefined) throw new Error(`Batch ${id} is gone.`);
      return batch;
    },

    async annotations({ annotationsKey = '' }: BatchRecord): Promise<CocoDataset> {
      const bytes = await storage.get(annotationsKey, { maxBytes: 2 ** 30, signal });
      return JSON.parse(new TextDecoder().decode(bytes)) as CocoDataset;
    },

    async manifest({ manifestKey = '' }: BatchRecord): Promise<ManifestLine[]> {
      const text = new TextDecoder().decode(await storage.get(manifestKey, { maxBytes: 2 ** 30, signal }));
      return text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as ManifestLine);
    },

    /** The one delivery about a job or batch, once it is final. */
    async finalDelivery(subject: string): Promise<Delivery> {
      let found: Delivery | undefined;
      await until(async () => {
        [found] = (await deliveries.list({ subject }, undefined, 10)).deliveries;
        return found !== undefined && found.status !== 'pending';
      });
      if (found === undefined) throw new Error(`There is no delivery about ${subject}.`);
      return found;
    },

    async close(): Promise<void> {
      const stopped = await Promise.all([...running].map((dispatcher) => dispatcher.stop()));
      if (stopped.includes(false)) throw new Error('A dispatcher did not stop cleanly.');
      for (const queue of Object.values(queues)) {
        await queue.obliterate({ force: true });
        await queue.close();
      }
      const rest = await redis.keys(`${name}:x:*`);
      if (rest.length > 0) await redis.del(...rest);
      await jobs.close();
    },
  };
}

export type DispatchBench = ReturnType<typeof createDispatchBench>;
