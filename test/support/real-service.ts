import { startApi, waitUntilReady, type ApiProcess } from './api/api-process.ts';
import { startWorkerProcess } from './worker/worker-process.ts';

/** The API and a worker as users run them, with a model's name or a bundle's folder. `endWorkers` ends the worker. */
export async function startRealService(model: string, changes: NodeJS.ProcessEnv = {}): Promise<ApiProcess> {
  const api = await startApi({ MODEL: model, ...changes });
  await startWorkerProcess('real', { ...api.env, PORT: undefined, THREADS: '1' });
  await waitUntilReady(api);
  return api;
}
