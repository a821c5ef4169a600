/** Faults for tests and trials: networks, an object storage and a Redis that fail as real ones do. */
export { type FaultyS3, s3Faults, startFaultyS3 } from './faulty-s3.ts';
export { type TcpLink, startTcpLink } from './tcp-link.ts';
export { type DurableRedis, startDurableRedis } from '../redis/durable-redis.ts';
