import type { Disposers } from './disposers.ts';
import type { Logger } from 'pino';

/**
 * SIGTERM and SIGINT put everything away and end the process with 0; a second signal ends it at once with 1. An
 * exception that nobody caught is logged and ends it the same way, with 1.
 */
export function stopOnSignal(disposers: Disposers, log: Logger): { signal: AbortSignal } {
  const stopping = new AbortController();

  async function stop(reason: string, exitCode: number): Promise<void> {
    if (stopping.signal.aborted) process.exit(1);
    stopping.abort();
    log.info({ reason }, 'stopping');
    await disposers.run();
    log.info('stopped');
    process.exit(exitCode);
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void stop(signal, 0));
  }
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    void stop('uncaughtException', 1);
  });
  return { signal: stopping.signal };
}
