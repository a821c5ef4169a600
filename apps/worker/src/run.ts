import { releaseStartupMemory } from '@m2fp/service/lifecycle';
import type { WorkerConfig } from './config.ts';
import { createLogger } from './logging.ts';
import { onStopSignals } from './shutdown.ts';
import { startWorker, type StartOptions } from './start-worker.ts';

/** Runs a worker as this process, until a signal ends it: exit code 0 if all went in order, else 1. */
export async function runUntilStopped(config: WorkerConfig, options: Omit<StartOptions, 'log'> = {}): Promise<void> {
  const log = createLogger({ level: config.logLevel, workerName: config.workerName, model: config.model });
  const fatal = (error: unknown): never => {
    log.fatal({ err: error }, 'the worker ends');
    process.exit(1);
  };
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);
  releaseStartupMemory();
  const worker = await startWorker(config, { ...options, log }).catch(fatal);
  onStopSignals(process, {
    stop: (signal) => {
      log.info({ signal }, 'stopping');
      void worker.stop().then((inOrder) => {
        log.info('stopped');
        process.exit(inOrder ? 0 : 1);
      });
    },
    force: (signal) => {
      log.warn({ signal }, 'stopping at once');
      worker.killParsers();
      process.exit(1);
    },
  });
}
