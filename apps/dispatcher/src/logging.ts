import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/** JSON lines on standard output. What is logged are ids, codes and times: no keys, no secrets, no receivers' URLs. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: { app: 'dispatcher' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
