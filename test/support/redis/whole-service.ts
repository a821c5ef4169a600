/** API, worker and dispatcher on one Redis, for tests of what they do while it fails over. */
import { createLogger } from '@m2fp/service/logger';
import { onTestFinished } from 'vitest';
import { readConfig } from '../../../apps/dispatcher/src/config.ts';
import { startDispatcher } from '../../../apps/dispatcher/src/start-dispatcher.ts';
import { startApi, type ApiProcess } from '../api/api-process.ts';
import { scriptedPhoto } from '../api/scripted-photo.ts';
import { until } from '../worker/until.ts';
import { startWorkerProcess, type WorkerProcess } from '../worker/worker-process.ts';

export interface Readiness {
  readonly status: number;
  /** Of Redis. */
  readonly reason: string | undefined;
}

type Kind = 'jobs' | 'batches';

export interface WholeService {
  readonly api: ApiProcess;
  readonly worker: WorkerProcess;
  /** Uploads a photo that does what the script says, and asks for it to be parsed. Resolves to the answer. */
  create(script?: string, more?: object): Promise<Response>;
  /** The same, until it is accepted. Resolves to the job's id. */
  accepted(script?: string, more?: object): Promise<string>;
  /** A batch of such photos. Resolves to its id. */
  batch(scripts: readonly string[], more?: object): Promise<string>;
  succeeds(id: string, kind?: Kind): Promise<void>;
  /** Of API, worker and dispatcher. */
  readiness(): Promise<Readiness[]>;
  untilReady(): Promise<void>;
}

interface Body {
  readonly reasons?: Readonly<Record<string, string>>;
}

/** Of jobs and of batches; a batch is finished even if no photo could be parsed. */
const good = ['succeeded', 'finished'];
const final = [...good, 'failed', 'canceled'];

/** @param changes of the environment of all three: how they reach Redis */
export async function startWholeService(changes: NodeJS.ProcessEnv): Promise<WholeService> {
  const quick = { RECONCILE_INTERVAL_MS: '500', WEBHOOK_ALLOW_LOOPBACK: '1' };
  const api = await startApi({ ...quick, ...changes });
  const env = { ...api.env, PORT: undefined };
  const worker = await startWorkerProcess('scripted', env);
  const dispatcher = await startDispatcher(readConfig(env), { log: createLogger('silent', {}) });
  onTestFinished(async () => void (await dispatcher.stop()));
  const probes = [`${api.url}/readyz`, `${worker.healthUrl}/readyz`, `${dispatcher.healthUrl}/readyz`];
  const ready = async (url: string): Promise<Readiness> => {
    const response = await fetch(url);
    const { reasons } = (await response.json()) as Body;
    return { status: response.status, reason: reasons?.['queue'] ?? reasons?.['redis'] };
  };
  const readiness = (): Promise<Readiness[]> => Promise.all(probes.map(ready));
  const create = createMaker(api);
  return {
    ...{ api, worker, readiness },
    create: (script = 'ok', more = {}) => create('jobs', [script], more),
    accepted: (script = 'ok', more = {}) => untilAccepted(() => create('jobs', [script], more)),
    batch: (scripts, more = {}) => untilAccepted(() => create('batches', scripts, more)),
    async succeeds(id, kind = 'jobs') {
      let status = 'unknown';
      await until(async () => {
        const answer = await fetch(`${api.url}/v1/${kind}/${id}`);
        // While Redis fails over, nobody can say.
        if (answer.ok) ({ status } = (await answer.json()) as { status: string });
        return answer.status === 404 || final.includes(status);
      });
      if (!good.includes(status)) throw new Error(`${id} ended as ${status}.`);
    },
    untilReady: () => until(async () => (await readiness()).every(({ status }) => status === 200)),
  };
}

function createMaker(api: ApiProcess) {
  let photos = 0;
  return async (kind: Kind, scripts: readonly string[], more: object): Promise<Response> => {
    const keys = scripts.map(() => `${api.prefixes.input}${photos++}.jpg`);
    await Promise.all(keys.map((key, place) => api.putObject(key, scriptedPhoto(scripts[place] ?? ''))));
    const input = kind === 'jobs' ? { key: keys[0] } : { keys };
    return fetch(`${api.url}/v1/${kind}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input, ...more }),
    });
  };
}

async function untilAccepted(create: () => Promise<Response>): Promise<string> {
  let answer = await create();
  await until(async () => answer.status === 202 || (answer = await create()).status === 202);
  return ((await answer.json()) as { id: string }).id;
}
