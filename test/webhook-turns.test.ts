/** Receivers that hang: whose webhooks wait for them, on real Redis with a dispatcher. */
import { ApiKeys, defaultScopes } from '@m2fp/queue/access';
import { bounds } from '@m2fp/contract';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDispatchBench, type DispatchBench } from './support/dispatcher/dispatch-bench.ts';
import { startReceiver, type Receiver } from './support/dispatcher/receiver.ts';
import { until } from './support/worker/until.ts';

let bench: DispatchBench;
let started: Receiver[];
beforeEach(() => {
  bench = createDispatchBench();
  started = [];
});
afterEach(async () => {
  // Calls that hang end with their receivers.
  await Promise.all(started.map((receiver) => receiver.close()));
  await bench.close();
});

/** Long enough that nothing hanging ends before the test does. */
const patient = { WEBHOOK_TIMEOUT_MS: '120000', WEBHOOK_SCHEDULE_S: '0' };

async function receivers(count: number, reaction: 'hang' | 204): Promise<Receiver[]> {
  const more = await Promise.all(Array.from({ length: count }, () => startReceiver()));
  for (const receiver of more) receiver.react(reaction);
  started.push(...more);
  return more;
}

let count = 0;
async function announce(owner: string, url: string, keyId?: string): Promise<string> {
  const subject = `job_${String(++count).padStart(32, '0')}`;
  await bench.deliveries.announce({ owner, subject, event: 'job.succeeded', url, data: {}, keyId });
  return subject;
}

const callsOf = (all: readonly Receiver[]): number => all.reduce((sum, { calls }) => sum + calls.length, 0);

it('an owner’s webhook leaves while another’s receivers hang and thousands of calls to them wait', async () => {
  const hanging = await receivers(60, 'hang');
  const [fine] = await receivers(1, 204);
  const urls = Array.from({ length: 3_000 }, (_, place) => hanging[place % hanging.length]?.url ?? '');
  await Promise.all(urls.map((url) => announce('a', url)));
  await bench.startDispatcher(patient);
  await until(() => callsOf(hanging) === 20);
  const subjects = await Promise.all(Array.from({ length: 30 }, () => announce('b', fine?.url ?? '')));
  for (const subject of subjects) expect((await bench.finalDelivery(subject)).status).toBe('delivered');
  expect(callsOf(hanging)).toBe(20);
});

it('a receiver that hangs has a few calls at once of one owner, and one of every other all the same', async () => {
  const [shared, other] = await receivers(2, 'hang');
  await bench.startDispatcher({ ...patient, RECEIVER_DELIVERIES_AT_ONCE: '3' });
  for (let made = 0; made < 20; made++) await announce('a', shared?.url ?? '');
  await until(() => shared?.calls.length === 3);
  await announce('b', shared?.url ?? '');
  await until(() => shared?.calls.length === 4);
  await announce('a', other?.url ?? '');
  await until(() => other?.calls.length === 1);
  expect(shared?.calls).toHaveLength(4);
});

it('a key may have its own share of deliveries', async () => {
  const hanging = await receivers(10, 'hang');
  const grant = { name: 'test', owner: 'a', scopes: [...defaultScopes], shares: { deliveries: 4 }, expires_at: null };
  const keys = new ApiKeys(bench.jobs.redis, bench.keys);
  const { record } = await keys.create({ ...grant, input_prefixes: null, output_prefixes: null });
  await bench.startDispatcher(patient);
  for (const { url } of hanging) await announce('a', url, record.id);
  await until(() => callsOf(hanging) === 4);
  // Each of the others was put off by now, without an attempt.
  await until(async () => (await bench.queues.webhooks.getDelayedCount()) === 6);
  expect(callsOf(hanging)).toBe(4);
});

it('a delivery that was put off is sent once there is room, and has lost no attempt', async () => {
  const [slow] = await receivers(1, 'hang');
  const sent = { RECEIVER_DELIVERIES_AT_ONCE: '1', WEBHOOK_TIMEOUT_MS: '1000', WEBHOOK_SCHEDULE_S: '0,0.02' };
  await bench.startDispatcher(sent);
  const subjects: string[] = [];
  for (let made = 0; made < 3; made++) subjects.push(await announce('a', slow?.url ?? ''));
  for (const subject of subjects) {
    const { attempts } = await bench.finalDelivery(subject);
    expect(attempts.map(({ error }) => error)).toEqual(['timeout', 'timeout']);
  }
});

it('a delivery is sent again on request only so often', async () => {
  const [fine] = await receivers(1, 204);
  await bench.startDispatcher();
  const subject = await announce('a', fine?.url ?? '');
  for (let round = 0; round < bounds.redeliveries.max; round++) {
    expect(await bench.deliveries.redeliver(await bench.finalDelivery(subject), undefined)).toBe(true);
  }
  const last = await bench.finalDelivery(subject);
  expect(await bench.deliveries.redeliver(last, undefined)).toBe(false);
  expect((await bench.deliveries.find(last.id))?.status).toBe('delivered');
});
