import { randomUUID } from 'node:crypto';
import type { DevServicesEnvironment } from '../config.ts';
import { watchOver } from '../reaper/reaper.ts';
import { waitForRedis } from './ping.ts';
import { queueSafeArguments } from './server-arguments.ts';

export const defaultRedisImage = 'redis:7-bookworm';
const port = 6379;
const readyMs = 20_000;
const startMs = 180_000;

/** Redis in a container. Its image's entry point has to pass arguments on to the server, as the official one does. */
export async function runRedisContainer(
  image: string,
  env: DevServicesEnvironment,
): Promise<{ url: string; stop(): Promise<void> }> {
  // Our own reaper clears a container left behind: testcontainers' needs one more image, which many places cannot pull.
  if (env.TESTCONTAINERS_RYUK_DISABLED === undefined) process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  const { GenericContainer, Wait } = await import('testcontainers');
  const name = `m2fp-redis-${randomUUID()}`;
  const watch = watchOver({ kind: 'container', id: name });
  const starting = new GenericContainer(image)
    .withName(name)
    .withCommand([...queueSafeArguments])
    .withExposedPorts(port)
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
    .withStartupTimeout(startMs)
    .start();
  starting.catch(() => watch.forget());
  const container = await starting;
  const stop = async (): Promise<void> => {
    await container.stop({ remove: true, removeVolumes: true });
    watch.forget();
  };
  const host = container.getHost();
  const mapped = container.getMappedPort(port);
  try {
    await waitForRedis(host, mapped, readyMs);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis://${host}:${mapped}`, stop };
}
