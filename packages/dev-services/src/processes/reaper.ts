import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a process that dies may leave behind: a process group, a temporary folder, a container. */
export type Leftover =
  | { readonly kind: 'process-group'; readonly pid: number }
  | { readonly kind: 'folder'; readonly path: string }
  /** `id` may also be its name. */
  | { readonly kind: 'container'; readonly id: string };

/** A message from a process to its reaper, one line of JSON each. */
export type ReaperMessage = { readonly do: 'watch' | 'forget'; readonly leftover: Leftover };

/**
 * Nothing started here outlives this process, even if it is killed by SIGKILL: a small child process, the reaper, knows
 * what is running and cleans it up when its pipe to us closes. It starts on first use and ends with us.
 */
let reaper: ChildProcess | undefined;

function startReaper(): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./reaper-main.ts', import.meta.url))], {
    // In its own session: a Ctrl-C in the terminal reaches us, not the reaper.
    detached: true,
    windowsHide: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin?.on('error', () => undefined);
  child.unref();
  const stdin = child.stdin as (NodeJS.WritableStream & { unref?: () => void }) | null;
  stdin?.unref?.();
  child.once('exit', () => {
    if (reaper === child) reaper = undefined;
  });
  return child;
}

function tell(message: ReaperMessage): void {
  reaper ??= startReaper();
  reaper.stdin?.write(`${JSON.stringify(message)}\n`);
}

/** Has `leftover` cleaned up if this process dies before `forget` is called. */
export function watchOver(leftover: Leftover): { forget(): void } {
  tell({ do: 'watch', leftover });
  let watched = true;
  return {
    forget() {
      if (watched) tell({ do: 'forget', leftover });
      watched = false;
    },
  };
}
