import type { CliConfig } from './config.ts';

/** What every command receives. */
export interface CommandContext {
  readonly config: CliConfig;
  /** Results, for scripts to read. */
  readonly stdout: NodeJS.WriteStream;
  /** Progress and errors. */
  readonly stderr: NodeJS.WriteStream;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Sets the exit code; 0 by default. */
  exit(code: ExitCode): void;
}

/** Documented in docs/cli.md and in `m2fp --help`. Signals add 128. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export function printLine(stream: NodeJS.WritableStream, text: string): void {
  stream.write(`${text}\n`);
}
