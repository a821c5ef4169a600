import { startProcess, type ManagedProcess } from '@m2fp/dev-services';
import { inject, onTestFinished } from 'vitest';
import { systemEnvironment } from '../system-environment.ts';
import { until } from '../worker/until.ts';

export interface DispatcherProcess extends ManagedProcess {
  /** All of its output so far. */
  output(): string;
}

/** Starts the dispatcher as users run it, in its own process, and waits until it is up. Ends with the test. */
export async function startDispatcherProcess(env: NodeJS.ProcessEnv): Promise<DispatcherProcess> {
  const lines: string[] = [];
  const managed = await startProcess(process.execPath, [inject('programs').dispatcher], {
    env: { ...systemEnvironment(), LOG_LEVEL: 'debug', SHUTDOWN_TIMEOUT_MS: '500', ...env },
    onLine: (line) => lines.push(line),
  });
  onTestFinished(() => managed.stop());
  const output = () => lines.join('\n');
  let hasEnded = false;
  void managed.exited.then(() => (hasEnded = true));
  await until(() => hasEnded || output().includes('"msg":"dispatcher started"'));
  if (hasEnded) throw new Error(`The dispatcher did not start:\n${managed.recentOutput()}`);
  return { ...managed, output };
}
