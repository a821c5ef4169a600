/** The queue contract: what the API and the worker agree on. Reaches neither onnxruntime, sharp nor the AWS SDK. */
export * from './batch.ts';
export * from './errors.ts';
export * from './job.ts';
export * from './options.ts';
export * from './photo-format.ts';
export * from './queue.ts';
export * from './redis-keys.ts';
export * from './webhook.ts';
