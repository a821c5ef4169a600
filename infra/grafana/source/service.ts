import type { Dashboard } from './panel.ts';
import { eventLoop, memory, quantile, rate } from './queries.ts';

export const service: Dashboard = {
  uid: 'm2fp-service',
  title: 'm2fp: service',
  about: 'Whether requests are served, how much waits, and what the service stands on.',
  hasModels: false,
  rows: [
    {
      title: 'Now',
      panels: [
        {
          title: 'Processes that are not ready',
          about: 'Their /readyz says what they lack.',
          queries: [['count(m2fp_ready == 0) or vector(0)', '']],
          kind: 'number',
          limits: [1, 2],
        },
        {
          title: 'Photos that workers are needed for',
          about: 'Of all models: waiting, running, and in open batches.',
          queries: [['sum(max by (model) (m2fp_backlog_photos))', '']],
          kind: 'number',
        },
        {
          title: 'Oldest waiting job',
          about: 'Of all models.',
          queries: [['max(m2fp_backlog_oldest_seconds)', '']],
          unit: 's',
          kind: 'number',
          limits: [300, 900],
        },
        {
          title: 'Workers',
          about: 'That are connected to Redis, of all models.',
          queries: [['sum(max by (model) (m2fp_workers))', '']],
          kind: 'number',
        },
        {
          title: 'Redis memory in use',
          about: 'Of its maxmemory, or of its machine. When it is full, new jobs are refused.',
          queries: [['max(m2fp_redis_memory_used_bytes / (m2fp_redis_memory_limit_bytes > 0))', '']],
          unit: 'percentunit',
          kind: 'number',
          limits: [0.8, 0.95],
        },
        {
          title: 'Redis at fault',
          about: 'Counts: removes keys when full; cannot write to its disk; keeps no log of writes.',
          queries: [['max(m2fp_redis_evicts) + (1 - min(m2fp_redis_saves)) + (1 - min(m2fp_redis_appends))', '']],
          kind: 'number',
          limits: [1, 2],
        },
      ],
    },
    {
      title: 'Requests',
      panels: [
        {
          title: 'Requests by status',
          about: '429 is a share or the backlog that is used up; 5xx is a fault of the service.',
          queries: [[`sum by (status) (${rate('m2fp_http_request_seconds_count')})`, '{{status}}']],
          unit: 'ops',
          kind: 'stacked',
        },
        {
          title: 'Requests by route',
          about: 'Of the API, by the pattern of their path.',
          queries: [[`sum by (method, route) (${rate('m2fp_http_request_seconds_count')})`, '{{method}} {{route}}']],
          unit: 'ops',
        },
        {
          title: 'Time to answer',
          about: 'Without those that wait for their job: POST /parse.',
          queries: [0.5, 0.95, 0.99].map((share) => [
            quantile(share, 'm2fp_http_request_seconds_bucket{route!~"/parse|/v1/jobs/:id/events"}'),
            `p${share * 100}`,
          ]),
          unit: 's',
        },
      ],
    },
    {
      title: 'What it stands on',
      panels: [
        {
          title: 'Redis memory',
          about: 'Used, and the limit.',
          queries: [
            ['max(m2fp_redis_memory_used_bytes)', 'used'],
            ['max(m2fp_redis_memory_limit_bytes)', 'limit'],
          ],
          unit: 'bytes',
        },
        {
          title: 'Calls to S3 that failed',
          about: 'Or took longer than they may. What the reasons mean: docs/s3.md.',
          queries: [
            [
              `sum by (process, operation, reason) (${rate('m2fp_s3_calls_total{outcome=~"storage_unavailable|timeout"}')})`,
              '{{process}} {{operation}} {{reason}}',
            ],
          ],
          unit: 'ops',
        },
        {
          title: 'Time of calls to S3 (p95)',
          about: 'Retries included.',
          queries: [
            [quantile(0.95, 'm2fp_s3_call_seconds_bucket', 'process, operation, le'), '{{process}} {{operation}}'],
          ],
          unit: 's',
        },
        {
          title: 'What processes need, and do not have',
          about: 'By how many processes.',
          queries: [['count by (need, process) (m2fp_need_up == 0)', '{{process}} without {{need}}']],
          kind: 'stacked',
        },
        memory('api'),
        eventLoop('api'),
      ],
    },
  ],
};
