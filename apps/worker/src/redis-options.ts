const longestPauseMs = 2_000;

/** Connection settings that every Redis connection of the worker shares. */
export function redisOptions(url: string) {
  return {
    url,
    retryStrategy: (tries: number): number => Math.min(tries * 200, longestPauseMs),
    connectTimeout: 5_000,
    // A connection that dies without a word is noticed: nothing waits longer than BullMQ's 10 s blocking read.
    socketTimeout: 20_000,
    keepAlive: 30_000,
  };
}
