import type { Dashboard } from './panel.ts';
import { rate } from './queries.ts';

export const tenants: Dashboard = {
  uid: 'm2fp-tenants',
  title: 'm2fp: tenants',
  about: 'Who has how much of the service. Owners by name: the twenty that have most.',
  hasModels: false,
  rows: [
    {
      title: 'What owners have',
      panels: [
        {
          title: 'Unfinished photos by owner',
          about: 'Jobs, and photos in open batches. _others: all but the twenty owners that have most.',
          queries: [['max by (owner) (m2fp_owner_photos)', '{{owner}}']],
          kind: 'stacked',
          width: 12,
        },
        {
          title: 'Share in use',
          about: 'Of what an owner may have, as of its last request. At 100 %, requests are refused.',
          queries: [
            [
              'max by (owner, share) (m2fp_owner_share_held)' +
                ' / on (owner, share) max by (owner, share) (m2fp_owner_share_limit)',
              '{{owner}} {{share}}',
            ],
          ],
          unit: 'percentunit',
          width: 12,
        },
        {
          title: 'Refused, by share',
          about: 'Of all owners: 429 because a share was used up.',
          queries: [[`sum by (share) (${rate('m2fp_share_refused_total')})`, '{{share}}']],
          unit: 'ops',
          width: 12,
        },
        {
          title: 'Refused, by owner',
          about: 'The owners that are refused most.',
          queries: [[`sum by (owner, share) (${rate('m2fp_owner_share_refused_total')})`, '{{owner}} {{share}}']],
          unit: 'ops',
          width: 12,
        },
      ],
    },
    {
      title: 'Slots',
      panels: [
        {
          title: 'Slots in use',
          about: 'Of all owners’ shares of unfinished jobs and open batches.',
          queries: [['max by (kind) (m2fp_slots_used)', '{{kind}}']],
        },
        {
          title: 'Slots leaked',
          about: 'Taken by what had ended, found and given back. More than a few: a fault.',
          queries: [['sum by (kind) (increase(m2fp_slots_leaked_total[1h]))', '{{kind}}']],
        },
        {
          title: 'Open batches',
          about: 'By model.',
          queries: [['max by (model) (m2fp_batches_open)', '{{model}}']],
        },
      ],
    },
  ],
};
