/**
 * A service's process from its start to its exit. Exit codes: 0 if it was told to stop and everything ended cleanly,
 * else 1.
 */
import { secretsInPlainSight, takeSecretFiles } from '../environment/secret-variables.ts';
import { createLogger, type LogFields, type Logger } from '../logger/logger.ts';
import { ConfigError } from '../settings/read-settings.ts';
import { Disposers } from './disposers.ts';
import { releaseStartupMemory, releaseStartupMemoryLater } from './startup-memory.ts';

/** What a service is started with. */
export interface StartOptions {
  readonly log: Logger;
  /** Whatever is started registers its cleanup here; it runs at the end, in the opposite order. */
  readonly disposers: Disposers;
  /** Aborted once the process is told to stop. */
  readonly stopping: AbortSignal;
  /** To be called once everything is loaded and before any work begins. */
  readonly onLoaded: () => void;
}

export interface Service<Settings extends { readonly log: { readonly level: string } }> {
  readonly app: 'api' | 'worker' | 'dispatcher';
  /** Throws `ConfigError`. */
  readonly readSettings: () => Settings;
  /** Fields of every line of its log, besides `app`. */
  readonly logFields?: (settings: Settings) => LogFields;
  /** Resolves when it is up. What it throws ends the process; a `ConfigError` is shown as is. */
  readonly start: (settings: Settings, options: StartOptions) => Promise<RunningService>;
  /** After an uncaught exception, work in progress may finish; otherwise the process exits immediately. */
  readonly finishesAfterFault?: boolean;
}

export interface RunningService {
  /** For an exit that cannot wait. */
  readonly endNow?: () => void;
}

/** Runs a service as this process, until a signal ends it. */
export async function runService<Settings extends { readonly log: { readonly level: string } }>(
  service: Service<Settings>,
): Promise<void> {
  const { app } = service;
  // First, since it is told where the files are.
  const settings = readOrExit(service.readSettings);
  takeSecretFiles();
  const log = createLogger(settings.log.level, { app, ...service.logFields?.(settings) });
  const visible = secretsInPlainSight().join(', ');
  if (visible !== '') log.warn({ reason: visible }, 'other processes of this user can read these variables');
  const disposers = new Disposers(log);
  const stopping = new AbortController();
  let running: RunningService = {};

  const stop = async (reason: string, exitCode: number): Promise<void> => {
    if (stopping.signal.aborted) {
      log.warn({ reason }, 'stopping immediately');
      running.endNow?.();
      process.exit(1);
    }
    stopping.abort();
    log.info({ reason }, 'stopping');
    const endedCleanly = await disposers.run();
    log.info('stopped');
    process.exit(endedCleanly ? exitCode : 1);
  };
  const fail = (error: unknown): void => {
    log.fatal({ err: error }, `the ${app} ends`);
    if (service.finishesAfterFault !== true) process.exit(1);
    void stop('fault', 1);
  };

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal, 0));
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  try {
    const { signal } = stopping;
    running = await service.start(settings, { log, disposers, stopping: signal, onLoaded: releaseStartupMemory });
    releaseStartupMemoryLater();
  } catch (error) {
    if (error instanceof ConfigError) exitWith(error.message);
    log.fatal({ err: error }, `the ${app} ends`);
    process.exit(1);
  }
}

function readOrExit<Settings>(readSettings: () => Settings): Settings {
  try {
    return readSettings();
  } catch (error) {
    if (error instanceof ConfigError) exitWith(error.message);
    throw error;
  }
}

function exitWith(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
