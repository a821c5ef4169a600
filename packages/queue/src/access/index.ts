/** API keys and their limits: created by the command line, checked by the API. Redis is a narrow port. */
export * from './api-key.ts';
export * from './api-keys.ts';
export * from './key-record.ts';
export * from './rate-limit.ts';
export * from './redis-port.ts';
export * from './unfinished-jobs.ts';
