/** API keys, their owners and limits: made by the command line, checked by the API. Redis is a narrow port. */
export * from './api-key.ts';
export * from './api-keys.ts';
export * from './key-prefixes.ts';
export * from './key-record.ts';
export * from './rate-limit.ts';
export * from './redis-port.ts';
export * from './unfinished-jobs.ts';
