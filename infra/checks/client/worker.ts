/** The client in `workerd`, which runs Cloudflare's Workers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { longestRunMs, run } from '../../release/users-folder.ts';
import { programIn } from './project.ts';

const startMs = 20_000;

/** Bundles the package's example of a worker and posts a photo to it; resolves to its answer. */
export async function askWorker(folder: string, serviceUrl: string, photo: string): Promise<unknown> {
  await copyFile(join(folder, 'node_modules/@m2fp/client/examples/worker.js'), join(folder, 'worker.js'));
  const lib = { entry: 'worker.js', formats: ['es'], fileName: 'worker' };
  const config = `export default ${JSON.stringify({ build: { lib, outDir: 'worker', copyPublicDir: false } })};\n`;
  await writeFile(join(folder, 'worker.config.js'), config);
  await run(programIn(folder, 'vite'), ['build', '--config', 'worker.config.js', '--logLevel', 'warn'], folder);
  const port = await freePort();
  await writeFile(join(folder, 'worker.capnp'), workerdConfig(serviceUrl, port));
  const { default: binary } = createRequire(join(folder, 'package.json'))('workerd') as { readonly default: string };
  const workerd = spawn(binary, ['serve', 'worker.capnp'], { cwd: folder, stdio: 'inherit' });
  const ended = once(workerd, 'exit');
  try {
    await untilReachable(`http://127.0.0.1:${port}`, ended);
    const signal = AbortSignal.timeout(longestRunMs);
    const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: await readFile(photo), signal });
    return await answer.json();
  } finally {
    workerd.kill('SIGKILL');
    await ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function workerdConfig(serviceUrl: string, port: number): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = (
      modules = [(name = "worker.js", esModule = embed "worker/worker.js")],
      compatibilityDate = "2026-01-01",
      bindings = [(name = "M2FP_URL", text = "${serviceUrl}")],
      globalOutbound = "network",
    )),
    (name = "network", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "worker")],
);
`;
}

async function untilReachable(url: string, ended: Promise<unknown>): Promise<void> {
  let isOver = false;
  void ended.then(() => (isOver = true));
  const deadline = performance.now() + startMs;
  while (performance.now() < deadline && !isOver) {
    // Without a body, the worker says what is wrong.
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return;
    await sleep(100);
  }
  throw new Error('workerd does not answer.');
}
