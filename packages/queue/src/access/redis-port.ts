import type { ScriptRunner } from '../run-script.ts';

/** The part of Redis that access needs. An ioredis connection fits. */
export interface RedisPort extends ScriptRunner {
  hget(key: string, field: string): Promise<string | null>;
  hgetall(key: string): Promise<Record<string, string>>;
  hvals(key: string): Promise<string[]>;
  hset(key: string, field: string, value: string): Promise<number>;
  hlen(key: string): Promise<number>;
  zrange(key: string, first: number, last: string, withScores: 'WITHSCORES'): Promise<string[]>;
  zrem(key: string, ...members: string[]): Promise<number>;
  publish(channel: string, message: string): Promise<number>;
  xadd(key: string, ...limitIdAndFields: ['MAXLEN', '~', number, '*', ...string[]]): Promise<string | null>;
  xrevrange(
    key: string,
    end: string,
    start: string,
    count: 'COUNT',
    limit: number,
  ): Promise<[id: string, fields: string[]][]>;
}
