/**
 * The reaper process. It reads messages line by line from standard input. When that ends, everything still watched has
 * lost its owner: process groups get SIGTERM, then SIGKILL; containers and folders are removed.
 */
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { isGroupAlive, signalGroup } from './process-group.ts';
import type { Leftover, ReaperMessage } from './reaper.ts';

const graceMs = 5_000;

async function endGroup(pid: number): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (isGroupAlive(pid) && Date.now() < deadline) await sleep(50);
  signalGroup(pid, 'SIGKILL');
}

async function removeContainer(id: string): Promise<void> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  const client = await getContainerRuntimeClient();
  await client.container.getById(id).remove({ force: true, v: true });
}

async function cleanUp(leftovers: readonly Leftover[]): Promise<void> {
  // Folders last: running processes may still write to them.
  await Promise.allSettled(leftovers.filter((l) => l.kind === 'process-group').map((l) => endGroup(l.pid)));
  await Promise.allSettled(leftovers.filter((l) => l.kind === 'container').map((l) => removeContainer(l.id)));
  const folders = leftovers.filter((l) => l.kind === 'folder');
  await Promise.allSettled(folders.map((l) => rm(l.path, { recursive: true, force: true })));
}

const watched = new Map<string, Leftover>();
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as ReaperMessage;
  const key = JSON.stringify(message.leftover);
  if (message.do === 'watch') watched.set(key, message.leftover);
  else watched.delete(key);
}
await cleanUp([...watched.values()]);
