/** What API, worker, dispatcher and client agree on. Depends on zod alone. */
export * from './batch.ts';
export * from './coco.ts';
export * from './error-codes.ts';
export * from './errors.ts';
export * from './hidden-files.ts';
export * from './job.ts';
export * from './job-view.ts';
export * from './limits.ts';
export * from './object-key.ts';
export * from './options.ts';
export * from './outputs.ts';
export * from './photo-format.ts';
export * from './photo-name.ts';
export * from './queue.ts';
export * from './redis-keys.ts';
export * from './retry.ts';
export * from './webhook.ts';
