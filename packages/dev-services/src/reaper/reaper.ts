import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Leftover, ReaperMessage } from './leftover.ts';

/**
 * Nothing started here outlives this process, not even when it is killed by SIGKILL: a small child, the reaper, knows
 * what is running, and clears it away when its pipe to us closes. It is started at the first need and ends with us.
 */
let reaper: ChildProcess | undefined;

function startReaper(): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./reaper-main.ts', import.meta.url))], {
    // Its own session: a Ctrl-C in the terminal reaches us, not it.
    detached: true,
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

/** Has `leftover` cleared away should this process die before `forget` is called. */
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
