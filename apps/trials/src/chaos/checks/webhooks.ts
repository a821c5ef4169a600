/** Each end that somebody wanted to hear of was told: with one id, one body, and at least once. Nothing else was. */
import { deliveryId, type WebhookEvent } from '@m2fp/contract';
import type { EndedBatch } from './batches.ts';
import { type Evidence, type Finding, listAll, mapSome } from './evidence.ts';
import type { EndedJob } from './jobs.ts';

interface Delivery {
  readonly id: string;
  readonly status: string;
}

export async function checkWebhooks(
  evidence: Evidence,
  jobs: readonly EndedJob[],
  batches: readonly EndedBatch[],
): Promise<Finding[]> {
  const { receiver, owners } = evidence;
  const expected = expectedDeliveries(jobs, batches);
  const faults = [...receiver.forged.map((why) => `a call was not signed: ${why}`)];
  for (const [id, { subject, owner, type }] of expected) {
    const got = receiver.received.get(id);
    if (got === undefined || got.accepted === 0) faults.push(`${type} of ${subject} was not delivered`);
    else if (got.bodies.size > 1) faults.push(`${type} of ${subject} was sent with ${got.bodies.size} bodies`);
    else if (got.subject !== subject || got.type !== type || got.owner !== owner) {
      faults.push(
        `${id} is ${type} of ${subject} for ${owner}, and was ${got.type} of ${got.subject} for ${got.owner}`,
      );
    }
  }
  for (const { id, type, subject } of receiver.received.values()) {
    if (!expected.has(id)) faults.push(`${type} of ${subject} was sent, and nobody asked for it`);
  }
  const lists = await mapSome(owners, (owner) =>
    listAll<Delivery>(evidence, owner, '/v1/webhooks/deliveries', 'deliveries'),
  );
  for (const { id, status } of lists.flat()) {
    if (status !== 'delivered') faults.push(`delivery ${id} is ${status}`);
    if (!expected.has(id)) faults.push(`delivery ${id} is there, and nobody asked for it`);
  }
  return faults.map((what) => ({ check: 'webhooks', what }));
}

interface Expected {
  readonly subject: string;
  readonly owner: string;
  readonly type: string;
}

function expectedDeliveries(jobs: readonly EndedJob[], batches: readonly EndedBatch[]): Map<string, Expected> {
  const ends = [
    ...jobs.map(({ accepted, view }) => ({ accepted, type: `job.${view.status}` })),
    ...batches.map(({ accepted, status }) => ({ accepted, type: `batch.${status}` })),
  ];
  const wanted = ends.filter(({ accepted }) => accepted.hasWebhook);
  return new Map(
    wanted.map(({ accepted: { id, owner }, type }) => {
      return [deliveryId(id, type as WebhookEvent), { subject: id, owner: owner.name, type }];
    }),
  );
}
