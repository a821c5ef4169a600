import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface ProcessMemory {
  readonly pid: number;
  readonly parentPid: number;
  readonly rssBytes: number;
}

/** What a process takes, bytes: in memory, and of that its share, as what several have counts once for all of them. */
export interface MemoryShare {
  readonly rssBytes: number;
  readonly pssBytes: number;
}

/** Of this machine's processes, only Linux tells. */
export async function readMemoryShare(pid: number): Promise<MemoryShare> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
  return { rssBytes: bytes('Rss'), pssBytes: bytes('Pss') };
}

/** Time on a core since it began, ms, to 10 ms; undefined where the system does not say. */
export async function readCpuMs(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // proc(5): the name, in parentheses, may hold anything; after it, utime and stime are the 12th and 13th fields, in
  // ticks of 10 ms.
  const [user, system] =
    stat
      ?.slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number) ?? [];
  return user === undefined || system === undefined ? undefined : 10 * (user + system);
}

/** Resident memory of every process on this machine that we may read. */
export function readProcesses(): Promise<ProcessMemory[]> {
  return process.platform === 'linux' ? readProc() : readPs();
}

/** A process and all its descendants. */
export function withDescendants(all: readonly ProcessMemory[], pid: number): ProcessMemory[] {
  const children = all.filter(({ parentPid }) => parentPid === pid);
  return [...all.filter((one) => one.pid === pid), ...children.flatMap((child) => withDescendants(all, child.pid))];
}

async function readProc(): Promise<ProcessMemory[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const read = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')));
  return read.filter(Boolean).map((status) => {
    // proc(5): `VmRSS:     1234 kB`; kernel threads have none.
    const field = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    return { pid: field('Pid'), parentPid: field('PPid'), rssBytes: field('VmRSS') * 1024 };
  });
}

async function readPs(): Promise<ProcessMemory[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,rss=']);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [pid = 0, parentPid = 0, kib = 0] = line.trim().split(/\s+/).map(Number);
      return { pid, parentPid, rssBytes: kib * 1024 };
    });
}
