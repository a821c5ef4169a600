/** Resident memory and open files of the service's processes, as Linux tells them under `/proc`. */
import { readdir, readFile } from 'node:fs/promises';

export interface ProcessSample {
  readonly rssMb: number;
  /** Open file handles: files, sockets, pipes. */
  readonly handles: number;
  /** More than one for parsers: those of a worker at that moment. */
  readonly pids: readonly number[];
}

export interface FoundProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly rssMb: number;
}

/** Every process on this machine. Throws where there is no `/proc`. */
export async function readProcesses(): Promise<FoundProcess[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const read = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')));
  return read.filter(Boolean).map((status) => {
    // proc(5): `VmRSS:     1234 kB`; kernel threads have none.
    const field = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    return { pid: field('Pid'), parentPid: field('PPid'), rssMb: (field('VmRSS') * 1024) / 1e6 };
  });
}

/** All descendants of a process. */
export function descendants(all: readonly FoundProcess[], pid: number): FoundProcess[] {
  const children = all.filter(({ parentPid }) => parentPid === pid);
  return children.flatMap((child) => [child, ...descendants(all, child.pid)]);
}

/** Undefined if none of them is running. */
export async function sampleOf(processes: readonly FoundProcess[]): Promise<ProcessSample | undefined> {
  if (processes.length === 0) return undefined;
  const handles = await Promise.all(processes.map(({ pid }) => countHandles(pid)));
  return {
    rssMb: processes.reduce((sum, { rssMb }) => sum + rssMb, 0),
    handles: handles.reduce((sum, count) => sum + count, 0),
    pids: processes.map(({ pid }) => pid),
  };
}

/** 0 for a process that ended meanwhile, or that belongs to another user. */
async function countHandles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`).catch(() => [])).length;
}

/** Whose command line has this in it. */
export async function findByCommand(processes: readonly FoundProcess[], part: string): Promise<number | undefined> {
  for (const { pid } of processes) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(part)) return pid;
  }
  return undefined;
}
