import { releaseStartupMemory } from '@m2fp/service/lifecycle';
import type { DispatcherConfig } from './config.ts';
import { createLogger } from './logging.ts';
import { startDispatcher, type StartOptions } from './start-dispatcher.ts';

/** Runs a dispatcher as this process, until a signal ends it: exit code 0 if all went in order, else 1. */
export async function runUntilStopped(
  config: DispatcherConfig,
  options: Omit<StartOptions, 'log'> = {},
): Promise<void> {
  const log = createLogger(config.logLevel);
  const fatal = (error: unknown): never => {
    log.fatal({ err: error }, 'the dispatcher ends');
    process.exit(1);
  };
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);
  releaseStartupMemory();
  const dispatcher = await startDispatcher(config, { ...options, log }).catch(fatal);
  let isStopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // The second one does not wait.
      if (isStopping) process.exit(1);
      isStopping = true;
      log.info({ signal }, 'stopping');
      void dispatcher.stop().then((inOrder) => process.exit(inOrder ? 0 : 1));
    });
  }
}
