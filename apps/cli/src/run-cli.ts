import { AppError } from '@m2fp/contract';
import { Interrupted, systemFault } from '@m2fp/terminal';
import { CommanderError } from 'commander';
import { type CommandContext, type ExitCode, exitCodes, printLine } from './command-context.ts';
import { createProgram } from './program.ts';

/**
 * Runs one command line and returns the exit code, which is the signal's if one has cut it short. Errors are printed in
 * one line, without a stack trace.
 */
export async function runCli(args: readonly string[], base: Omit<CommandContext, 'exit'>): Promise<number> {
  let exitCode: ExitCode = exitCodes.ok;
  const context: CommandContext = { ...base, exit: (code) => (exitCode = code) };
  try {
    const program = await createProgram(args, context);
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has printed its own message, or the requested help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    context.status.hide();
    printLine(context.stderr, describeError(error, context));
    const { reason } = context.signal as { reason: unknown };
    return reason instanceof Interrupted ? reason.exitCode : exitCodes.failed;
  }
}

/** What to print of an error. Exported for the tests only. */
export function describeError(error: unknown, { signal, config }: Omit<CommandContext, 'exit'>): string {
  // An abort surfaces as many kinds of errors; the user sees its reason, unless a command has its own message for it.
  const isCanceled = error instanceof AppError && error.code === 'canceled';
  const cause: unknown = signal.aborted && !isCanceled ? signal.reason : error;
  if (!(cause instanceof Error)) return `error: ${String(cause)}`;
  if (cause instanceof Interrupted) return cause.message;
  if (config.debug) return cause.stack ?? cause.message;
  return `error: ${systemFault(cause) ?? cause.message}`;
}
