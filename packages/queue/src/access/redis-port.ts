/** The part of Redis that access needs. An ioredis connection fits. */
export interface RedisPort {
  hget(key: string, field: string): Promise<string | null>;
  hvals(key: string): Promise<string[]>;
  hset(key: string, field: string, value: string): Promise<number>;
  hlen(key: string): Promise<number>;
  zrem(key: string, ...members: string[]): Promise<number>;
  eval(script: string, keyCount: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
}
