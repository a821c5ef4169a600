import { duration, printable, type StatusLine, type Unfinished } from '@m2fp/terminal';
import type { CliConfig } from './config.ts';

/** What every command receives. */
export interface CommandContext {
  readonly config: CliConfig;
  readonly stdin: NodeJS.ReadStream;
  /** Results, for scripts to read. */
  readonly stdout: NodeJS.WriteStream;
  /** Progress and errors. */
  readonly stderr: NodeJS.WriteStream;
  /** At the end of `stderr`, if that is a terminal: what is being done. */
  readonly status: StatusLine;
  /** What a first Ctrl-C has to wait for. */
  readonly unfinished: Unfinished;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Sets the exit code; 0 by default. */
  exit(code: ExitCode): void;
}

/** Documented in docs/cli.md and in `m2fp --help`. Signals add 128. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * Does what takes a while under a status line that says so, and for how long.
 * @param what such as `Converting`; asked again while it is shown
 */
export async function withStatus<T>(
  { status }: Pick<CommandContext, 'status'>,
  what: () => string,
  work: () => Promise<T>,
): Promise<T> {
  const start = performance.now();
  status.show(() => `${what()} · ${duration(performance.now() - start)}`);
  try {
    return await work();
  } finally {
    status.hide();
  }
}

/** Of one line or several. What a file, a name or an error brings along cannot control the terminal. */
export function printLine(stream: NodeJS.WritableStream, text: string): void {
  printTable(stream, text.split('\n').map(printable).join('\n'));
}

/** As it is: for tables, which make their cells printable themselves and may have colors. */
export function printTable(stream: NodeJS.WritableStream, table: string): void {
  stream.write(`${table}\n`);
}

/** For programs to read, on one line or over several. What `printLine` would replace is written as an escape. */
export function printJson(stream: NodeJS.WritableStream, value: unknown, layout: 'lines' | 'line' = 'lines'): void {
  const text = JSON.stringify(value, null, layout === 'lines' ? 2 : 0);
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  // By UTF-16 units: characters above U+FFFF become two escapes, as JSON has them.
  const isUnprintable = /[\p{Cc}\p{Cf}]/gu;
  printTable(
    stream,
    text.replace(isUnprintable, (character) => {
      return character === '\n' ? character : character.split('').map(escaped).join('');
    }),
  );
}
