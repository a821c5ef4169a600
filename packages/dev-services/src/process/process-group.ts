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

export function isGroupAlive(pid: number): boolean {
  return signalGroup(pid, 0);
}
