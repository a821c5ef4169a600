import { readdirSync, readFileSync } from 'node:fs';

/** Sends a signal to a process and all its descendants that did not leave its group. False where there is none left. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * Whether anything of the group still runs. On Linux the dead that nobody has collected yet do not count: in a
 * container whose first process collects none they would stay for good.
 */
export function isGroupAlive(pid: number): boolean {
  if (!signalGroup(pid, 0)) return false;
  if (process.platform !== 'linux') return true;
  return readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && isRunningIn(entry, pid));
}

/** Reads /proc/[pid]/stat, proc(5): after the name in parentheses come state, parent and process group. */
function isRunningIn(entry: string, group: number): boolean {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
  } catch {
    // Ended since the folder was listed.
    return false;
  }
  const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(processGroup) === group && state !== 'Z' && state !== 'X';
}
