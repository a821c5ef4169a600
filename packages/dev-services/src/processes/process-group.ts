import { readdirSync, readFileSync } from 'node:fs';

const isWindows = process.platform === 'win32';

/**
 * Sends a signal to a process and its descendants that stayed in its group. False if none is left. Windows has no
 * groups and no signals: there, any signal ends the process at once, and the system its children with it, because Node
 * has put them into a job object that ends with their parent.
 */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    // eslint-disable-next-line no-restricted-syntax -- Here is where the two differ.
    process.kill(isWindows ? pid : -pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * Whether any process of the group is still running. On Linux, zombies do not count: in a container whose init process
 * reaps none they would stay forever.
 */
export function isGroupAlive(pid: number): boolean {
  if (!signalGroup(pid, 0)) return false;
  if (process.platform !== 'linux') return true;
  return readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && isRunningIn(entry, pid));
}

/** Reads /proc/[pid]/stat, proc(5): state, parent and process group follow the name in parentheses. */
function isRunningIn(entry: string, group: number): boolean {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
  } catch {
    // It ended after the folder was listed.
    return false;
  }
  const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(processGroup) === group && state !== 'Z' && state !== 'X';
}
