import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ManagedProcess, nodeFlags, startProcess } from '@m2fp/dev-services';
import type { Application } from '@m2fp/dev-services/stack';
import getPort from 'get-port';

interface Member {
  readonly application: Application;
  readonly url: string;
  readonly process: ManagedProcess;
}

/** Longer than a process's own deadline to finish or hand back what it has. */
const graceMs = 40_000;
const readyMs = 120_000;

/** Processes of different checkouts around one Redis and one S3. */
export class VersionedFleet {
  readonly #env: NodeJS.ProcessEnv;
  readonly #members: Member[] = [];
  #asked = 0;

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  /** Of the APIs in turn, as a load balancer would. */
  apiUrl(): string {
    const apis = this.#members.filter(({ application }) => application === 'api');
    return apis[this.#asked++ % apis.length]?.url ?? '';
  }

  /** Resolves when it is ready. Throws when it ends before, and after two minutes. */
  async start(application: Application, checkout: string, signal: AbortSignal): Promise<void> {
    const port = await getPort({ host: '127.0.0.1' });
    const env = { ...this.#env, [application === 'api' ? 'PORT' : 'HEALTH_PORT']: String(port) };
    const main = join(checkout, 'apps', application, 'src', 'main.ts');
    const process = await startProcess(globalThis.process.execPath, [...nodeFlags[application], main], { env });
    const member = { application, process, url: `http://127.0.0.1:${port}` };
    await waitUntilReady(member, signal);
    this.#members.push(member);
  }

  /** Starts another one, and stops the oldest of its kind, which has to end by itself and cleanly. */
  async replace(application: Application, checkout: string, signal: AbortSignal): Promise<void> {
    const oldest = this.#members.findIndex((member) => member.application === application);
    await this.start(application, checkout, signal);
    const [member] = this.#members.splice(oldest, 1);
    await member?.process.stop(graceMs);
    const end = await member?.process.exited;
    if (end?.code !== 0) throw new Error(`${application} did not end cleanly:\n${member?.process.recentOutput()}`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.splice(0).map(({ process }) => process.stop(graceMs)));
  }
}

async function waitUntilReady({ application, process, url }: Member, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + readyMs;
  let hasEnded = false;
  void process.exited.then(() => (hasEnded = true));
  for (;;) {
    const answer = await fetch(`${url}/readyz`, { signal }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok === true) return;
    signal.throwIfAborted();
    if (hasEnded || performance.now() > deadline) {
      await process.stop();
      throw new Error(`${application} did not get ready:\n${process.recentOutput()}`);
    }
    await sleep(100, undefined, { signal });
  }
}
