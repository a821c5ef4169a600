import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** A path beside `target`, on the same file system, that nobody has yet. */
export function createStagingPath(target: string): string {
  return join(dirname(target), `${stagingPrefix(target)}${process.pid}-${randomBytes(4).toString('hex')}`);
}

/** Names the host: containers that share a volume see each other's folders, but not each other's processes. */
function stagingPrefix(target: string): string {
  return `.${basename(target)}.staging-${hostname()}-`;
}

/** Removes what processes of this host that no longer run left of their staging. */
export async function sweepAbandoned(target: string): Promise<void> {
  const prefix = stagingPrefix(target);
  for (const name of await readdir(dirname(target))) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number.parseInt(name.slice(prefix.length), 10);
    if (!isAlive(pid)) await rm(join(dirname(target), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
