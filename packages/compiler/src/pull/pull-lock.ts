import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pullError } from './pull-error.ts';

/** Runs `work` while no other process pulls into the same folder. A lock that a killed process left is taken over. */
export async function withPullLock<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const path = join(dir, '.pull.lock');
  await mkdir(dir, { recursive: true });
  await takeLock(path, dir);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function takeLock(path: string, dir: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await writeFile(path, String(process.pid), { flag: 'wx' });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    if (attempt > 1 || isRunning(holder)) {
      throw pullError(`Another process (${holder}) is pulling into ${dir}. If it is not, delete ${path}.`);
    }
    await rm(path, { force: true });
  }
}

function isRunning(processId: number): boolean {
  if (!Number.isInteger(processId) || processId <= 0) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // Without permission to signal it, it still is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
