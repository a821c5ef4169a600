import type { Dashboard } from './panel.ts';
import { eventLoop, memory, quantile, rate } from './queries.ts';

export const webhooks: Dashboard = {
  uid: 'm2fp-webhooks',
  title: 'm2fp: webhooks',
  about: 'What dispatchers send, how receivers answer, and how late it is; and what dispatchers do besides.',
  hasModels: false,
  rows: [
    {
      title: 'Deliveries',
      panels: [
        {
          title: 'Attempts by outcome',
          about: 'After a retried one, another follows.',
          queries: [[`sum by (outcome) (${rate('m2fp_webhook_attempts_total')})`, '{{outcome}}']],
          unit: 'ops',
          kind: 'stacked',
        },
        {
          title: 'What was wrong',
          about: 'status: the receiver refused; address_refused: its name points to where webhooks may not go.',
          queries: [
            [`sum by (error) (${rate('m2fp_webhook_attempts_total{outcome=~"retried|failed"}')})`, '{{error}}'],
          ],
          unit: 'ops',
        },
        {
          title: 'Deliveries on the queue',
          about: 'delayed: they wait for another attempt.',
          queries: [
            [
              'max by (state) (m2fp_queue_jobs{queue="webhooks", state=~"active|waiting|prioritized|delayed"})',
              '{{state}}',
            ],
          ],
          kind: 'stacked',
        },
        {
          title: 'Oldest that waits for its turn',
          about: 'Above five minutes, dispatchers do not keep up.',
          queries: [['max(m2fp_webhook_oldest_seconds)', 'oldest']],
          unit: 's',
        },
        {
          title: 'From event to acceptance',
          about: 'Of deliveries that were accepted.',
          queries: [0.5, 0.95].map((share) => [
            quantile(share, 'm2fp_webhook_delivery_seconds_bucket'),
            `p${share * 100}`,
          ]),
          unit: 's',
        },
        {
          title: 'Receivers’ time to answer',
          about: 'Of all attempts.',
          queries: [0.5, 0.95].map((share) => [
            quantile(share, 'm2fp_webhook_attempt_seconds_bucket'),
            `p${share * 100}`,
          ]),
          unit: 's',
        },
      ],
    },
    {
      title: 'Dispatchers',
      panels: [
        {
          title: 'Objects removed from the bucket',
          about: 'Old results and uploads, if a retention is set; photos that never got a job.',
          queries: [['sum by (kind) (increase(m2fp_objects_removed_total[$__rate_interval]))', '{{kind}}']],
        },
        memory('dispatcher'),
        eventLoop('dispatcher'),
      ],
    },
  ],
};
