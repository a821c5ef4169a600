import { access } from 'node:fs/promises';
import { connect, type NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import type { DevServicesEnvironment } from '../config.ts';

/** Whether a container engine answers. Quick: no client library is loaded for a machine that has none. */
export async function engineAnswers(env: DevServicesEnvironment): Promise<boolean> {
  for (const address of await engineAddresses(env)) {
    if (await accepts(address)) return true;
  }
  return false;
}

async function engineAddresses(env: DevServicesEnvironment): Promise<NetConnectOpts[]> {
  if (env.DOCKER_HOST !== undefined) {
    const url = new URL(env.DOCKER_HOST);
    if (url.protocol === 'unix:') return [{ path: url.pathname }];
    return [{ host: url.hostname, port: Number(url.port || 2375) }];
  }
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

function accepts(address: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const finish = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(1_000, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}
