/**
 * What the service itself costs per job: the real API, dispatcher, Redis, S3 protocol and workers, whose parsers
 * compute nothing. Each series has its own services; nothing is left running.
 */
import { readFile } from 'node:fs/promises';
import { describeMachine, type Machine } from '@m2fp/bench';
import { samplePhotos } from '@m2fp/dev-services';
import sharp from 'sharp';
import { driveJobs, type Way } from './drive-jobs.ts';
import { startServices, type S3Kind, type Services } from './services.ts';
import { cpuUseBetween, parts, readCpuTimes, type CpuUse, type Part } from './process-times.ts';
import { countCommands, readRedisCounters, type Commands, type RedisCounters } from './redis-traffic.ts';

export interface QueueBenchOptions {
  readonly s3: readonly S3Kind[];
  /** ms that a stand-in parser takes for a photo. */
  readonly delays: readonly number[];
  /** Numbers of worker processes, ascending. */
  readonly workers: readonly number[];
  readonly way: Way;
  /** At most, for each number of workers … */
  readonly jobs: number;
  /** … and no more than so many take so long, s. */
  readonly seconds: number;
  readonly clients: number;
  /** Jobs of a worker at once. */
  readonly concurrency: number;
  readonly parsers: number;
}

export interface QueueRun {
  readonly workers: number;
  readonly jobs: number;
  readonly perSecond: number;
  /** Until the last create was answered; the workers take jobs meanwhile. */
  readonly createsPerSecond: number;
  /** ms of CPU per job. */
  readonly cpuMs: Readonly<Record<Part, number>>;
  readonly busiest: CpuUse['busiest'];
  readonly machine: number;
  readonly redis: RedisUse;
  /** Requests per job, if the S3 counts them. */
  readonly s3Requests: Readonly<Record<string, number>> | undefined;
}

/** Each per job. */
interface RedisUse {
  readonly calls: number;
  readonly reads: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** That stay once the job has ended. */
  readonly bytesHeld: number;
}

export interface QueueSeries {
  readonly s3: S3Kind;
  readonly delayMs: number;
  readonly runs: readonly QueueRun[];
  readonly commands: { readonly jobs: number } & Commands;
}

export interface QueueReport extends Omit<QueueBenchOptions, 's3' | 'delays' | 'workers' | 'jobs'> {
  readonly machine: Machine;
  readonly series: readonly QueueSeries[];
}

/** So that code is compiled and connections are open, of each worker. */
const warmUpJobs = 400;
const countedJobs = 400;

export async function runQueueBench(options: QueueBenchOptions, signal: AbortSignal): Promise<QueueReport> {
  const { s3: kinds, delays, workers: _workers, jobs: _jobs, ...settings } = options;
  const photo = await photoOf540p();
  const series: QueueSeries[] = [];
  for (const s3 of kinds) {
    for (const delayMs of delays) {
      series.push(await measureSeries({ s3, delayMs, photo }, options, signal));
    }
  }
  return { machine: describeMachine(), ...settings, series };
}

async function photoOf540p(): Promise<Uint8Array> {
  const [sample] = samplePhotos();
  const original = await readFile(sample?.path ?? '');
  return sharp(original).resize(960, 540).jpeg({ quality: 90 }).toBuffer();
}

interface SeriesSettings {
  readonly s3: S3Kind;
  readonly delayMs: number;
  readonly photo: Uint8Array;
}

async function measureSeries(
  { s3, delayMs, photo }: SeriesSettings,
  options: QueueBenchOptions,
  signal: AbortSignal,
): Promise<QueueSeries> {
  const { workers: counts, concurrency, parsers } = options;
  await using services = await startServices({ s3, delayMs, photo, concurrency, parsers, signal });
  const runs: QueueRun[] = [];
  const drive = (jobs: number) => driveJobs({ ...services, ...options, jobs, photo, signal });
  for (const workers of counts) {
    await services.growTo(workers);
    const perSecond = delayMs === 0 ? Infinity : (workers * parsers * 1_000) / delayMs;
    await drive(Math.min(warmUpJobs * workers, Math.max(workers, Math.ceil(perSecond * 2))));
    const jobs = Math.min(options.jobs, Math.ceil(perSecond * options.seconds));
    runs.push({ workers, ...(await measureRun(services, jobs, () => drive(jobs))) });
  }
  const jobs = Math.min(options.jobs, countedJobs);
  const commands = await countCommands(services.redis, services.known, () => drive(jobs));
  return { s3, delayMs, runs, commands: { jobs, ...commands } };
}

async function measureRun(
  services: Services,
  jobs: number,
  drive: () => ReturnType<typeof driveJobs>,
): Promise<Omit<QueueRun, 'workers'>> {
  const { known, redis } = services;
  const read = async () => ({
    redis: await readRedisCounters(redis),
    s3: await services.readS3Counts(),
    cpu: await readCpuTimes(known),
  });
  const before = await read();
  const { ms, createdMs } = await drive();
  const after = await read();
  const use = cpuUseBetween(before.cpu, after.cpu);
  const cpuMs = Object.fromEntries(parts.map((part) => [part, use.cpuMs[part] / jobs])) as Record<Part, number>;
  const s3Requests = after.s3 && perJob(before.s3 ?? {}, after.s3, jobs);
  return {
    ...{ jobs, cpuMs, busiest: use.busiest, machine: use.machine, s3Requests },
    perSecond: (jobs * 1_000) / ms,
    createsPerSecond: (jobs * 1_000) / createdMs,
    redis: redisUse(before.redis, after.redis, jobs),
  };
}

function redisUse(before: RedisCounters, after: RedisCounters, jobs: number): RedisUse {
  const sum = ({ calls }: RedisCounters): number => [...calls.values()].reduce((total, count) => total + count, 0);
  return {
    calls: (sum(after) - sum(before)) / jobs,
    reads: (after.reads - before.reads) / jobs,
    bytesIn: (after.bytesIn - before.bytesIn) / jobs,
    bytesOut: (after.bytesOut - before.bytesOut) / jobs,
    bytesHeld: (after.usedBytes - before.usedBytes) / jobs,
  };
}

type Counts = Readonly<Record<string, number>>;

function perJob(before: Counts, after: Counts, jobs: number): Counts {
  return Object.fromEntries(Object.entries(after).map(([name, count]) => [name, (count - (before[name] ?? 0)) / jobs]));
}
