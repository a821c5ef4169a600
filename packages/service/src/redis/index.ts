/** Redis as every process reaches it. */
export { QueueUnavailable, createRedisCall, type RedisCall } from './call.ts';
export { clusterNodes, createClient, type RedisServers } from './client.ts';
export { RedisConnections, connectOnce, disconnectRedis } from './connections.ts';
export { redisReasons } from './reasons.ts';
