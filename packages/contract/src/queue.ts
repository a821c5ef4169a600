import { createHash, randomBytes } from 'node:crypto';

/** BullMQ's key prefix in Redis, unless another one is configured. */
export const defaultQueuePrefix = 'm2fp';

/**
 * One queue per model, so that each scales on its own. `model` is a name or a bundle folder, whose last part counts.
 */
export function queueName(model: string): string {
  const name = model.split(/[\\/]/).filter(Boolean).at(-1) ?? model;
  return `parse-${name.replace(/[^A-Za-z0-9_.-]/g, '_')}`;
}

/** A job id: 128 random bits, so that it cannot be guessed. BullMQ rejects ids that are integers or contain `:`. */
export function createJobId(): string {
  return `job_${randomBytes(16).toString('hex')}`;
}

/** The same seed gives the same id, for creates that may be repeated. */
export function deriveJobId(seed: string): string {
  return `job_${createHash('sha256').update(seed).digest('hex').slice(0, 32)}`;
}

export const jobIdPattern = /^job_[0-9a-f]{32}$/;

/**
 * What kind of job it is, which says how owners' turns are made of it: a request waits for an `interactive` one, and
 * nobody watches a photo of a `batch`.
 */
export const jobClasses = ['interactive', 'single', 'batch'] as const;
export type JobClass = (typeof jobClasses)[number];
