import type { DemoConfig } from './config.ts';
import { absoluteModel } from './stack/model.ts';
import type { Application } from './stack/applications.ts';
import { startStack } from './stack/start-stack.ts';
import { instructions } from './terminal/instructions.ts';

export interface DevRun {
  readonly config: DemoConfig;
  readonly controller: AbortController;
  readonly model: string;
  readonly port?: number;
}

const prefixColors: Readonly<Record<Application, number>> = { api: 36, worker: 35, dispatcher: 33 };

/** Runs the service until it is interrupted; resolves when everything has ended. */
export async function runDev({ config, controller, model, port }: DevRun): Promise<void> {
  const { signal } = controller;
  const stack = await startStack({
    config,
    model: await absoluteModel(model, config.workingDir),
    port,
    watch: true,
    signal,
    onStep: (message) => console.log(message),
    onLine: (name, line) => console.log(`${prefix(name, config.color)} ${line}`),
  });
  try {
    console.log(`\n${instructions(stack.apiUrl)}\nHealth of the worker: ${stack.workerHealthUrl}/healthz\n`);
    await Promise.race([stack.failure.then(fail), new Promise((resolve) => signal.addEventListener('abort', resolve))]);
  } finally {
    await stack.stop();
  }
}

function prefix(name: Application, color: boolean): string {
  const padded = name.padEnd(10);
  return color ? `\x1b[${prefixColors[name]}m${padded}\x1b[0m` : padded;
}

function fail(error: Error): never {
  throw error;
}
