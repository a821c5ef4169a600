/**
 * Logs that cannot leak. A line has the fields that are listed here and no others: the compiler refuses a field that is
 * not listed, and what slips past it is left out when the line is written. Values are plain (numbers, ids, our own
 * words); errors are reduced to what `describeError` lets through, under whatever name they come; all text is scrubbed.
 */
import { pino, stdTimeFunctions, type DestinationStream, type Logger as PinoLogger, type LoggerOptions } from 'pino';
import { describeError, scrub } from './describe-error.ts';

export { loggableMessage } from './describe-error.ts';

/** What a field may hold: an `error`, one plain `value`, or `numbers` by name. */
const fieldKinds = {
  // Which process this is.
  app: 'value',
  worker: 'value',
  model: 'value',
  // What the line is about: ids, never keys of photos.
  jobId: 'value',
  batch: 'value',
  batchId: 'value',
  delivery: 'value',
  subject: 'value',
  requestId: 'value',
  // Who asked for it.
  keyId: 'value',
  owner: 'value',
  client: 'value',
  attempt: 'value',
  queue: 'value',
  parser: 'value',
  step: 'value',
  // How it went.
  err: 'error',
  code: 'value',
  error: 'value',
  reason: 'value',
  outcome: 'value',
  isReplay: 'value',
  how: 'value',
  line: 'value',
  status: 'value',
  method: 'value',
  path: 'value',
  // Figures.
  ms: 'value',
  loadMs: 'value',
  timings: 'numbers',
  people: 'value',
  photos: 'value',
  batches: 'value',
  deliveries: 'value',
  total: 'value',
  succeeded: 'value',
  failed: 'value',
  canceled: 'value',
  concurrency: 'value',
  sandbox: 'value',
  // Where it listens.
  health: 'value',
  host: 'value',
  port: 'value',
} as const;

interface Kinds {
  readonly error: unknown;
  readonly value: string | number | boolean | null;
  readonly numbers: Readonly<Record<string, number>>;
}

type FieldName = keyof typeof fieldKinds;

/** The fields that a line may have. */
export type LogFields = {
  readonly [Name in FieldName]?: Kinds[(typeof fieldKinds)[Name]] | undefined;
};

interface LogMethod {
  (message: string): void;
  (fields: LogFields, message: string): void;
}

type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

export interface Logger extends Readonly<Record<LogLevel, LogMethod>> {
  /** A logger whose lines all have these fields too. */
  child(fields: LogFields): Logger;
}

/**
 * One JSON object per line, on standard output unless told otherwise.
 * @param level one of `LogLevel`, or `silent`
 * @param fields of every line
 */
export function createLogger(level: string, fields: LogFields, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: listedFields(fields),
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // Instead of pino's own, which would include everything attached to an error.
    serializers: { err: (described: unknown) => described },
  };
  return guard(destination === undefined ? pino(options) : pino(options, destination));
}

/** The only way to the stream. */
function guard(sink: PinoLogger): Logger {
  const at = (level: LogLevel): LogMethod => {
    return (first: unknown, message?: string) => {
      if (!sink.isLevelEnabled(level)) return;
      if (typeof first === 'string') sink[level](scrub(first));
      else
        sink[level](
          listedFields({ ...(first instanceof Error ? { err: first } : (first as object)) }),
          scrub(message ?? ''),
        );
    };
  };
  return {
    ...{ fatal: at('fatal'), error: at('error'), warn: at('warn') },
    ...{ info: at('info'), debug: at('debug'), trace: at('trace') },
    child: (fields) => guard(sink.child(listedFields(fields))),
  };
}

function listedFields(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fieldValue(name, value)]));
}

function fieldValue(name: string, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (value instanceof Error) return describeError(value);
  if (!Object.hasOwn(fieldKinds, name)) return '[not a field of the log]';
  switch (fieldKinds[name as FieldName]) {
    case 'error':
      return describeError(value);
    case 'numbers':
      return numbers(value);
    case 'value':
      if (typeof value === 'string') return scrub(value);
      return typeof value === 'number' || typeof value === 'boolean' || value === null ? value : `[${typeof value}]`;
  }
}

function numbers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return `[${typeof value}]`;
  return Object.fromEntries(Object.entries(value).filter(([, number]) => typeof number === 'number'));
}
