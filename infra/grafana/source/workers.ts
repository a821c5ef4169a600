import type { Dashboard } from './panel.ts';
import { eventLoop, memory, quantile, rate } from './queries.ts';

const ofModel = '{model=~"$model"}';

export const workers: Dashboard = {
  uid: 'm2fp-workers',
  title: 'm2fp: workers',
  about: 'What each model’s workers do: what waits for them, how long stages take, and what goes wrong.',
  hasModels: true,
  rows: [
    {
      title: 'Backlog',
      panels: [
        {
          title: 'Photos that workers are needed for',
          about: 'Waiting, running, and in open batches: what workers are scaled on.',
          queries: [[`max by (model) (m2fp_backlog_photos${ofModel})`, '{{model}}']],
        },
        {
          title: 'Age of the oldest waiting job',
          about: 'Above a quarter of an hour, the workers do not keep up.',
          queries: [[`max by (model) (m2fp_backlog_oldest_seconds${ofModel})`, '{{model}}']],
          unit: 's',
        },
        {
          title: 'Workers, and the jobs that they run',
          about: 'Workers that are connected to Redis; jobs of those that Prometheus reads.',
          queries: [
            [`max by (model) (m2fp_workers${ofModel})`, '{{model}} workers'],
            [`sum by (model) (m2fp_jobs_active${ofModel})`, '{{model}} jobs'],
          ],
        },
      ],
    },
    {
      title: 'Jobs',
      panels: [
        {
          title: 'Attempts by outcome',
          about: 'After a retried one, another follows; handed back: the worker was stopped.',
          queries: [[`sum by (outcome) (${rate(`m2fp_attempts_total${ofModel}`)})`, '{{outcome}}']],
          unit: 'ops',
          kind: 'stacked',
        },
        {
          title: 'Failures by code',
          about: 'image_… and input_… are the photo’s; internal, timeout and …_unavailable are the service’s.',
          queries: [
            [
              `sum by (outcome, code) (${rate('m2fp_attempts_total{outcome=~"failed|retried", model=~"$model"}')})`,
              '{{outcome}} {{code}}',
            ],
          ],
          unit: 'ops',
        },
        {
          title: 'From creation to the first attempt',
          about: 'What users wait before anything is computed.',
          queries: [0.5, 0.95].map((share) => [
            quantile(share, `m2fp_job_wait_seconds_bucket${ofModel}`),
            `p${share * 100}`,
          ]),
          unit: 's',
        },
        {
          title: 'Stages (mean)',
          about: 'Of jobs that succeeded.',
          queries: [
            [
              `sum by (stage) (${rate(`m2fp_job_stage_seconds_sum${ofModel}`)})` +
                ` / sum by (stage) (${rate(`m2fp_job_stage_seconds_count${ofModel}`)})`,
              '{{stage}}',
            ],
          ],
          unit: 's',
          kind: 'stacked',
        },
        {
          title: 'Jobs lost by workers',
          about: 'Workers died or were cut off; given up: it happened to a job too often.',
          queries: [[`sum by (outcome) (increase(m2fp_jobs_lost_total${ofModel}[$__rate_interval]))`, '{{outcome}}']],
        },
        {
          title: 'Parsers that ended, by reason',
          about: 'photos, memory and idle are on purpose; canceled is somebody’s wish.',
          queries: [[`sum by (reason) (increase(m2fp_parser_ends_total${ofModel}[$__rate_interval]))`, '{{reason}}']],
        },
      ],
    },
    {
      title: 'Processes',
      panels: [
        {
          title: 'Memory of each worker’s parsers',
          about: 'All parser processes of a worker together.',
          queries: [[`m2fp_parser_resident_memory_bytes${ofModel}`, '{{model}} {{instance}}']],
          unit: 'bytes',
        },
        {
          title: 'Parsers',
          about: 'Busy and idle ones.',
          queries: [[`sum by (state) (m2fp_parsers${ofModel})`, '{{state}}']],
          kind: 'stacked',
        },
        memory('worker'),
        eventLoop('worker'),
      ],
    },
  ],
};
