import { randomUUID } from 'node:crypto';
import { access } from 'node:fs/promises';
import type { NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import type { DevServicesEnvironment } from '../config.ts';
import { watchOver } from '../processes/reaper.ts';
import { acceptsConnections, queueSafeArguments, waitForRedis } from './redis-server.ts';

export const defaultRedisImage = 'redis:7-bookworm';
const port = 6379;
const readyMs = 20_000;
const startMs = 180_000;

/** Redis in a container. The image's entry point must pass arguments on to the server, as the official one's does. */
export async function runRedisContainer(
  image: string,
  env: DevServicesEnvironment,
): Promise<{ url: string; stop(): Promise<void> }> {
  // Our own reaper removes leftover containers: testcontainers' needs another image, which many places cannot pull.
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

/** Whether a container engine answers. Quick: a machine without one loads no client library. */
export async function engineAnswers(env: DevServicesEnvironment): Promise<boolean> {
  for (const address of await engineAddresses(env, process.platform)) {
    if (await acceptsConnections(address, 1_000)) return true;
  }
  return false;
}

/** Sockets and named pipes that exist, or the host that DOCKER_HOST names. */
export async function engineAddresses(
  env: Pick<DevServicesEnvironment, 'DOCKER_HOST' | 'XDG_RUNTIME_DIR' | 'HOME'>,
  system: NodeJS.Platform,
): Promise<NetConnectOpts[]> {
  if (env.DOCKER_HOST !== undefined) {
    // A pipe's or socket's path is all that follows: `unix:///var/run/docker.sock`, `npipe:////./pipe/docker_engine`.
    const path = /^(?:unix|npipe):\/\/(\/.+)$/.exec(env.DOCKER_HOST)?.[1];
    if (path !== undefined) return [{ path }];
    const url = new URL(env.DOCKER_HOST);
    return [{ host: url.hostname, port: Number(url.port || 2375) }];
  }
  // Docker Desktop's, and Podman's under the same name.
  if (system === 'win32') return [{ path: '//./pipe/docker_engine' }];
  const paths = ['/var/run/docker.sock'];
  if (env.XDG_RUNTIME_DIR !== undefined) {
    paths.push(join(env.XDG_RUNTIME_DIR, 'docker.sock'), join(env.XDG_RUNTIME_DIR, 'podman', 'podman.sock'));
  }
  if (env.HOME !== undefined) {
    paths.push(join(env.HOME, '.docker', 'run', 'docker.sock'), join(env.HOME, '.docker', 'desktop', 'docker.sock'));
  }
  const present = await Promise.all(paths.map(exists));
  return paths.filter((_, index) => present[index]).map((path) => ({ path }));
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
