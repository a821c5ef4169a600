/** CPU time of processes, from Linux's /proc, summed up by the part of the service that they belong to. */
import { readdir, readFile, readlink } from 'node:fs/promises';

/** What a photo's way goes through; `driver` is this process, which creates the jobs. */
export const parts = ['api', 'worker', 'parser', 'dispatcher', 'redis', 's3', 'driver'] as const;
export type Part = (typeof parts)[number];

/** By the process's id. A parser is a child of a worker. */
export interface KnownProcesses {
  readonly pids: ReadonlyMap<number, Exclude<Part, 'parser'>>;
}

/** ms of CPU, in user and system mode, of each process that is running now. */
export interface CpuTimes {
  readonly atMs: number;
  readonly processes: ReadonlyMap<number, { readonly part: Part; readonly cpuMs: number }>;
  /** Of all cores together since the machine's start. */
  readonly machine: { readonly busyMs: number; readonly allMs: number };
}

/** A tick of /proc; Linux has had 100 a second for programs on every architecture for decades. */
const tickMs = 10;

export async function readCpuTimes({ pids }: KnownProcesses): Promise<CpuTimes> {
  const processes = new Map<number, { part: Part; cpuMs: number }>();
  for (const { pid, parentPid, cpuMs } of await readStats()) {
    const part = pids.get(pid) ?? (pids.get(parentPid) === 'worker' ? 'parser' : undefined);
    if (part !== undefined) processes.set(pid, { part, cpuMs });
  }
  return { atMs: performance.now(), processes, machine: await readMachine() };
}

async function readStats(): Promise<{ pid: number; parentPid: number; cpuMs: number }[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return texts.filter(Boolean).map((text) => {
    // proc(5): the name may have spaces and parentheses; from behind it on, field 3 is the state.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { pid: Number.parseInt(text, 10), parentPid: Number(fields[1]), cpuMs: ticks * tickMs };
  });
}

async function readMachine(): Promise<CpuTimes['machine']> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  // user, nice, system, idle, iowait, irq, softirq, steal
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const allMs = ticks.reduce((sum, value) => sum + value, 0) * tickMs;
  return { allMs, busyMs: allMs - ((ticks[3] ?? 0) + (ticks[4] ?? 0)) * tickMs };
}

export interface CpuUse {
  /** ms of CPU of each part. */
  readonly cpuMs: Readonly<Record<Part, number>>;
  /** The busiest single process of each part, as a share of one core. */
  readonly busiest: Readonly<Record<Part, number>>;
  /** Of all cores, whatever used them: 0 to 1. */
  readonly machine: number;
}

/** What was used in between. A process that ended meanwhile is missing, one that began is counted as a whole. */
export function cpuUseBetween(before: CpuTimes, after: CpuTimes): CpuUse {
  const zeros = (): Record<Part, number> => Object.fromEntries(parts.map((part) => [part, 0])) as Record<Part, number>;
  const [cpuMs, busiest] = [zeros(), zeros()];
  for (const [pid, { part, cpuMs: total }] of after.processes) {
    const used = total - (before.processes.get(pid)?.cpuMs ?? 0);
    cpuMs[part] += used;
    busiest[part] = Math.max(busiest[part], used / (after.atMs - before.atMs));
  }
  const allMs = after.machine.allMs - before.machine.allMs;
  return { cpuMs, busiest, machine: (after.machine.busyMs - before.machine.busyMs) / Math.max(1, allMs) };
}

/** The processes at the local ends of TCP connections: local port → process id, of the given processes. */
export async function portsOf(pids: Iterable<number>): Promise<Map<number, number>> {
  const ports = new Map<string, number>();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of (await readFile(file, 'utf8').catch(() => '')).split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      const port = fields[1]?.split(':')[1];
      if (port !== undefined) ports.set(fields[9] ?? '', Number.parseInt(port, 16));
    }
  }
  const owners = new Map<number, number>();
  for (const pid of pids) {
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      const port = ports.get(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '');
      if (port !== undefined) owners.set(port, pid);
    }
  }
  return owners;
}

/** Our own children, and theirs. */
export async function descendants(): Promise<number[]> {
  const all = await readStats();
  const found = [process.pid];
  for (const pid of found) found.push(...all.filter(({ parentPid }) => parentPid === pid).map((child) => child.pid));
  return found.slice(1);
}
