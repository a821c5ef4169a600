/** On which model's queue a job is: its id does not say. */
import type { JobRecord, JobStatus } from '@m2fp/contract';
import { readJobRecord, readJobStatuses } from '@m2fp/queue/jobs';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Models } from '../models/choose-model.ts';

/** Jobs whose place this process remembers; of others, it asks all queues. */
const most = 10_000;

/** Each method throws what Redis throws. With one model, which is common, there is nothing to find out. */
export class JobPlaces {
  readonly #redis: Redis;
  readonly #models: Models;
  readonly #queueOf: (model: string) => Queue;
  /** Job id → model, those that were noted last. */
  readonly #noted = new Map<string, string>();

  constructor(redis: Redis, models: Models, queueOf: (model: string) => Queue) {
    this.#redis = redis;
    this.#models = models;
    this.#queueOf = queueOf;
  }

  note(id: string, model: string): void {
    if (this.#models.names().length === 1) return;
    this.#noted.delete(id);
    this.#noted.set(id, model);
    const [oldest] = this.#noted.keys();
    if (this.#noted.size > most && oldest !== undefined) this.#noted.delete(oldest);
  }

  /** The job, in one round trip if it is not of a model that this process has not heard of yet. */
  async find(id: string): Promise<JobRecord | undefined> {
    const noted = this.#noted.get(id);
    const asked = noted === undefined ? this.#models.names() : [noted];
    const found = await this.#findIn(asked, id);
    if (found !== undefined) return found;
    await this.#models.refresh();
    return this.#findIn(
      this.#models.names().filter((model) => !asked.includes(model)),
      id,
    );
  }

  async #findIn(models: readonly string[], id: string): Promise<JobRecord | undefined> {
    // Sent together.
    const records = await Promise.all(models.map((model) => readJobRecord(this.#queueOf(model), this.#redis, id)));
    const found = records.find((record) => record !== undefined);
    if (found !== undefined) this.note(id, found.model);
    return found;
  }

  /** Undefined if there is no such job. */
  async modelOf(id: string): Promise<string | undefined> {
    const [only, ...others] = this.#models.names();
    if (others.length === 0) return only;
    return this.#noted.get(id) ?? (await this.find(id))?.model;
  }

  async statuses(ids: readonly string[]): Promise<(JobStatus | undefined)[]> {
    const found = new Map<string, JobStatus>();
    const ask = async (model: string): Promise<void> => {
      const asked = ids.filter((id) => (this.#noted.get(id) ?? model) === model);
      const statuses = await readJobStatuses(this.#queueOf(model), this.#redis, asked);
      for (const [place, status] of statuses.entries()) {
        const id = asked[place];
        if (id === undefined || status === undefined) continue;
        found.set(id, status);
        this.note(id, model);
      }
    };
    await Promise.all(this.#models.names().map(ask));
    return ids.map((id) => found.get(id));
  }
}
