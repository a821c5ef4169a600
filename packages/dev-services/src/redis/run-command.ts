import { execFile } from 'node:child_process';

export interface CommandResult {
  /** Undefined if it could not be started or was killed by a signal. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, in the C locale. Never throws: the result says what happened. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<CommandResult> {
  const { cwd, env = process.env, timeoutMs = 60_000 } = options;
  const settings = { cwd, env: { ...env, LC_ALL: 'C' }, timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(command, [...args], settings, (error, stdout, stderr) => {
      if (!error) return resolve({ code: 0, stdout, stderr });
      const code = typeof error.code === 'number' ? error.code : undefined;
      resolve({ code, stdout, stderr: stderr || error.message });
    });
  });
}
