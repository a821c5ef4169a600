import { createHash, randomBytes } from 'node:crypto';
import { bounds } from './limits.ts';

/** BullMQ's key prefix in Redis, unless another one is configured. */
export const defaultQueuePrefix = 'm2fp';

/** How a model is called in requests: by its name, or the last part of its bundle's folder. */
export function modelName(model: string): string {
  const name = model.split(/[\\/]/).filter(Boolean).at(-1) ?? model;
  return name.replace(/[^A-Za-z0-9_.-]/g, '_');
}

export const modelNamePattern = /^[A-Za-z0-9_.-]+$/;

/** Whether it can be a model's name. */
export function isModelName(text: string): boolean {
  return text.length <= bounds.modelName.max && modelNamePattern.test(text);
}

const parseQueuePrefix = 'parse-';

/** One queue per model, so that each scales on its own. `model` is a name or a bundle's folder. */
export function queueName(model: string): string {
  return `${parseQueuePrefix}${modelName(model)}`;
}

/** The name of the model whose queue this is. */
export function modelOfQueue(parseQueueName: string): string {
  return parseQueueName.slice(parseQueuePrefix.length);
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
