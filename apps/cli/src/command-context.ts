import type { CliConfig } from './config.ts';

/** What every command is given. */
export interface CommandContext {
  readonly config: CliConfig;
  /** Results: what a script reads. */
  readonly stdout: NodeJS.WriteStream;
  /** What is going on, and what went wrong. */
  readonly stderr: NodeJS.WriteStream;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Sets the exit code; 0 where no command sets it. */
  exit(code: ExitCode): void;
}

/** Documented in docs/cli.md and under `m2fp --help`. Signals add 128. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export function printLine(stream: NodeJS.WritableStream, text: string): void {
  stream.write(`${text}\n`);
}
