import type { Timings } from '@m2fp/contract';
import {
  Counter,
  createRegistry,
  durationBucketsS,
  Gauge,
  Histogram,
  registerQueueDepth,
  renderMetrics,
  type MetricsText,
  type QueueCounts,
} from '@m2fp/service/metrics';
import type { JobCounts } from './liveness.ts';
import type { PoolStats } from './inference/pool.ts';

export interface MetricSources {
  readonly jobs: () => { readonly active: number; readonly counts: JobCounts };
  readonly parsers: () => Promise<PoolStats>;
  /** Rejects, or resolves to nothing, while Redis is down. */
  readonly queues: () => Promise<readonly QueueCounts[]>;
}

export interface WorkerMetrics {
  /** @param waitMs from the job's creation to its first attempt; undefined for a later attempt */
  taken(waitMs: number | undefined): void;
  done(timings: Timings): void;
  /** The answer to a scrape. */
  render(): Promise<MetricsText>;
}

/** This worker's metrics for Prometheus. */
export function createWorkerMetrics(sources: MetricSources): WorkerMetrics {
  const registry = createRegistry();
  const registers = [registry];
  const wait = new Histogram({
    name: 'm2fp_job_wait_seconds',
    help: 'From the creation of a job to its first attempt.',
    buckets: durationBucketsS,
    registers,
  });
  const stage = new Histogram({
    name: 'm2fp_job_stage_seconds',
    help: 'Stages of jobs that succeeded; `wait` is for a free parser process, `load` for a model.',
    labelNames: ['stage'],
    buckets: durationBucketsS,
    registers,
  });
  registerQueueDepth(registry, sources.queues);
  registerJobs(registers, sources);
  registerParsers(registers, sources);
  return {
    taken: (waitMs) => {
      if (waitMs !== undefined) wait.observe(Math.max(0, waitMs) / 1_000);
    },
    done: (timings) => {
      for (const [name, ms] of Object.entries(timings)) stage.observe({ stage: name }, ms / 1_000);
    },
    render: () => renderMetrics(registry),
  };
}

type Registers = ConstructorParameters<typeof Gauge>[0]['registers'] & object;

function registerJobs(registers: Registers, { jobs }: MetricSources): void {
  new Gauge({
    name: 'm2fp_jobs_active',
    help: 'Jobs that are running.',
    registers,
    collect() {
      this.set(jobs().active);
    },
  });
  new Counter({
    name: 'm2fp_attempts_total',
    help: 'Attempts at jobs, by outcome.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      const { succeeded, failed, retried, handedBack } = jobs().counts;
      const outcomes = { succeeded, failed, retried, handed_back: handedBack };
      for (const [outcome, count] of Object.entries(outcomes)) this.inc({ outcome }, count);
    },
  });
}

function registerParsers(registers: Registers, { parsers }: MetricSources): void {
  new Counter({
    name: 'm2fp_parser_starts_total',
    help: 'Parser processes started.',
    registers,
    async collect() {
      this.reset();
      this.inc((await parsers()).started);
    },
  });
  new Counter({
    name: 'm2fp_parser_ends_total',
    help: 'Parser processes that ended: `recycled` on purpose, or `lost`: crashed, or killed for a deadline or cancel.',
    labelNames: ['why'],
    registers,
    async collect() {
      this.reset();
      const { recycled, lost } = await parsers();
      this.inc({ why: 'recycled' }, recycled);
      this.inc({ why: 'lost' }, lost);
    },
  });
  new Gauge({
    name: 'm2fp_parsers',
    help: 'Parser processes that exist.',
    labelNames: ['state'],
    registers,
    async collect() {
      const { processes } = await parsers();
      const busy = processes.filter((parser) => parser.busy).length;
      this.set({ state: 'busy' }, busy);
      this.set({ state: 'idle' }, processes.length - busy);
    },
  });
  new Gauge({
    name: 'm2fp_parser_resident_memory_bytes',
    help: 'Resident memory of all parser processes together.',
    registers,
    async collect() {
      this.set((await parsers()).processes.reduce((sum, { rssBytes }) => sum + rssBytes, 0));
    },
  });
}
