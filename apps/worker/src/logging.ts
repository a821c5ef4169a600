import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/** JSON lines on standard output. What is logged are ids, codes and times: no image bytes, no keys, no signed URLs. */
export function createLogger(options: { level: string; workerName: string; model: string }): Logger {
  return pino({
    level: options.level,
    base: { app: 'worker', worker: options.workerName, model: options.model },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
