import { isRetryable, jobFailureCodes, type ErrorCode, type Timings } from '@m2fp/contract';
import {
  Counter,
  createRegistry,
  durationBucketsS,
  Gauge,
  Histogram,
  registerNeeds,
  registerQueueDepth,
  renderMetrics,
  type MetricsText,
  type QueueCounts,
  type StorageMeter,
} from '@m2fp/service/metrics';
import type { JobCounts } from './liveness.ts';
import { parserEndReasons, type ParserEndReason, type PoolStats } from '@m2fp/core/process';

export interface MetricSources {
  readonly model: string;
  readonly jobs: () => { readonly active: number };
  readonly parsers: () => Promise<PoolStats>;
  /** Rejects, or resolves to nothing, while Redis is down. */
  readonly queues: () => Promise<readonly QueueCounts[]>;
  /** Of `worker`, `redis` and `storage`. */
  readonly whatIsMissing: () => Promise<{ readonly missing: readonly string[] }>;
  readonly storage: Pick<StorageMeter, 'register'>;
}

export interface WorkerMetrics {
  /** @param waitMs from the job's creation to its first attempt; undefined for a later attempt */
  taken(waitMs: number | undefined): void;
  /** An attempt ended. @param code of its error */
  attempt(outcome: keyof JobCounts, code?: ErrorCode): void;
  /** How long the stages of a job that succeeded took. */
  done(timings: Timings): void;
  /** A worker died or was cut off while it ran a job, which was taken from it: `again` if another one may have it. */
  lost(outcome: 'again' | 'failed'): void;
  /** The answer to a scrape. */
  render(): Promise<MetricsText>;
}

/** This worker's metrics for Prometheus. */
export function createWorkerMetrics(sources: MetricSources): WorkerMetrics {
  const registry = createRegistry({ process: 'worker', model: sources.model });
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
  registerNeeds(registry, ['worker', 'redis', 'storage'], sources.whatIsMissing);
  sources.storage.register(registry);
  const jobs = registerJobs(registers, sources);
  registerParsers(registers, sources);
  return {
    taken: (waitMs) => {
      if (waitMs !== undefined) wait.observe(Math.max(0, waitMs) / 1_000);
    },
    ...jobs,
    done: (timings) => {
      for (const [name, ms] of Object.entries(timings)) stage.observe({ stage: name }, ms / 1_000);
    },
    render: () => renderMetrics(registry),
  };
}

type Registers = ConstructorParameters<typeof Gauge>[0]['registers'] & object;

/** The outcomes of attempts, as they are called in metrics. */
const outcomes = {
  succeeded: 'succeeded',
  failed: 'failed',
  retried: 'retried',
  handedBack: 'handed_back',
} as const satisfies Record<keyof JobCounts, string>;

function registerJobs(registers: Registers, { jobs }: MetricSources): Pick<WorkerMetrics, 'attempt' | 'lost'> {
  new Gauge({
    name: 'm2fp_jobs_active',
    help: 'Jobs that are running.',
    registers,
    collect() {
      this.set(jobs().active);
    },
  });
  const attempts = new Counter({
    name: 'm2fp_attempts_total',
    help: 'Attempts at jobs, by outcome and, if they failed, error code; after a retried one, another follows.',
    labelNames: ['outcome', 'code'],
    registers,
  });
  const attempt: WorkerMetrics['attempt'] = (outcome, code) => {
    attempts.inc({ outcome: outcomes[outcome], code: code ?? 'none' });
  };
  // A rate needs a series from before the first of its kind.
  for (const code of jobFailureCodes) {
    attempts.inc({ outcome: 'failed', code }, 0);
    if (isRetryable(code)) attempts.inc({ outcome: 'retried', code }, 0);
  }
  attempts.inc({ outcome: 'succeeded', code: 'none' }, 0);
  for (const code of ['none', 'storage_unavailable']) attempts.inc({ outcome: outcomes.handedBack, code }, 0);
  const losses = new Counter({
    name: 'm2fp_jobs_lost_total',
    help: 'Jobs taken from workers that died or were cut off; `again`: they wait for another, `failed`: too often.',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of ['again', 'failed'] as const) losses.inc({ outcome }, 0);
  return { attempt, lost: (outcome) => losses.inc({ outcome }) };
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
    help: 'Parser processes that ended: `recycled` on purpose, or `lost`, by reason.',
    labelNames: ['why', 'reason'],
    registers,
    async collect() {
      this.reset();
      const { ends } = await parsers();
      for (const [reason, count] of Object.entries(ends)) {
        this.inc({ why: parserEndReasons[reason as ParserEndReason], reason }, count);
      }
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
