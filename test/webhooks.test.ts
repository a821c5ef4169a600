/** Webhooks, with real Redis, a dispatcher, and receivers that behave in all sorts of ways. Times are scaled down. */
import { deliveryId, jobWebhookEvents, type JobWebhook } from '@m2fp/contract';
import { cancelJob } from '@m2fp/queue/jobs';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDispatchBench, type DispatchBench } from './support/dispatcher/dispatch-bench.ts';
import { startReceiver, type Receiver } from './support/dispatcher/receiver.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

let bench: DispatchBench;
let receiver: Receiver;

beforeEach(async () => {
  bench = createDispatchBench();
  receiver = await startReceiver();
});
afterEach(async () => {
  await endWorkers();
  await bench.close();
  await receiver.close();
});

const startWorker = () => startWorkerProcess('scripted', bench.jobs.workerEnv());
const hook = (url = receiver.url): JobWebhook => ({ url, events: [...jobWebhookEvents] });

/** A delivery without a job behind it. */
async function announce(url = receiver.url): Promise<string> {
  const subject = `job_${Math.random().toString(16).slice(2).padEnd(32, '0')}`;
  await bench.deliveries.announce({ owner: 'anonymous', subject, event: 'job.succeeded', url, data: { id: subject } });
  return subject;
}

describe('a job’s webhook', () => {
  it('reports success, signed according to Standard Webhooks', async () => {
    await bench.startDispatcher();
    await startWorker();
    const job = await bench.jobs.enqueue('ok', { webhook: hook() });
    const delivery = await bench.finalDelivery(job.id);
    expect(delivery).toMatchObject({ status: 'delivered', attempts: [{ status_code: 204, error: null }] });
    const [call] = receiver.calls;
    expect(call).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/json' } });
    const [secret] = await bench.secrets.active('anonymous');
    const message = new Webhook(secret?.secret ?? '').verify(call?.body ?? '', call?.headers ?? {});
    expect(message).toMatchObject({
      type: 'job.succeeded',
      data: { id: job.id, status: 'succeeded', result: { people: 1 } },
    });
    expect(call?.headers['webhook-id']).toBe(deliveryId(job.id, 'job.succeeded'));
  });

  it('reports failure and cancel', async () => {
    await bench.startDispatcher();
    const canceled = await bench.jobs.enqueue('ok', { webhook: hook() });
    const { queue, redis, ended } = bench.jobs;
    await cancelJob(canceled.id, { queue, redis, ended, keys: bench.keys, removeResults: async () => undefined });
    await startWorker();
    const failing = await bench.jobs.enqueue('fail image_unreadable', { webhook: hook() });
    await receiver.called(2);
    const messages = receiver.calls.map(({ body }) => JSON.parse(body) as { type: string; data: object });
    expect(messages).toMatchObject([
      { type: 'job.canceled', data: { id: canceled.id, status: 'canceled', error: { code: 'canceled' } } },
      { type: 'job.failed', data: { id: failing.id, status: 'failed', error: { code: 'image_unreadable' } } },
    ]);
  });

  it('reports only the requested events', async () => {
    await bench.startDispatcher();
    await startWorker();
    const quiet = await bench.jobs.enqueue('ok', { webhook: { url: receiver.url, events: ['job.failed'] } });
    await quiet.result();
    const loud = await bench.jobs.enqueue('ok', { webhook: hook() });
    await bench.finalDelivery(loud.id);
    await until(async () => (await bench.jobs.redis.zcard(bench.keys.webhookJobs(bench.jobs.queue.name))) === 0);
    expect(receiver.calls).toHaveLength(1);
  });

  it('is sent even if no dispatcher ran when the job ended, and only once if two run', async () => {
    await startWorker();
    const jobs = [
      await bench.jobs.enqueue('ok', { webhook: hook() }),
      await bench.jobs.enqueue('ok', { webhook: hook() }),
    ];
    for (const job of jobs) await job.result();
    await Promise.all([bench.startDispatcher(), bench.startDispatcher()]);
    for (const job of jobs) await bench.finalDelivery(job.id);
    const after = await bench.jobs.enqueue('ok', { webhook: hook() });
    await bench.finalDelivery(after.id);
    const ids = receiver.calls.map(({ headers }) => headers['webhook-id']);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(3);
  });
});

describe('a receiver', () => {
  it('that fails three times and then accepts it gets the same message four times', async () => {
    await bench.startDispatcher();
    receiver.react(500, 503, 404, 200);
    const delivery = await bench.finalDelivery(await announce());
    expect(delivery.status).toBe('delivered');
    expect(delivery.attempts.map(({ status_code: status, error }) => [status, error])).toEqual([
      [500, 'status'],
      [503, 'status'],
      [404, 'status'],
      [200, null],
    ]);
    expect(new Set(receiver.calls.map(({ headers, body }) => `${headers['webhook-id']} ${body}`)).size).toBe(1);
  });

  it('that never accepts it is given up after the last attempt of the schedule', async () => {
    await bench.startDispatcher();
    receiver.react(500);
    const delivery = await bench.finalDelivery(await announce());
    expect(delivery.status).toBe('failed');
    expect(delivery.attempts).toHaveLength(5);
    expect(receiver.calls).toHaveLength(5);
  });

  it('that hangs is given up at the timeout, and others do not wait for it', async () => {
    const other = await startReceiver();
    try {
      await bench.startDispatcher({ WEBHOOK_SCHEDULE_S: '0,0.02' });
      receiver.react('hang');
      const hanging = await announce();
      await bench.finalDelivery(await announce(other.url));
      const delivery = await bench.finalDelivery(hanging);
      expect(delivery.attempts.map(({ error }) => error)).toEqual(['timeout', 'timeout']);
    } finally {
      await other.close();
    }
  });

  it('that answers 410 Gone is not called again', async () => {
    await bench.startDispatcher();
    receiver.react(410);
    const delivery = await bench.finalDelivery(await announce());
    expect(delivery).toMatchObject({ status: 'failed', attempts: [{ status_code: 410, error: 'status' }] });
  });

  it('that redirects to loopback is not followed', async () => {
    const inside = await startReceiver();
    try {
      await bench.startDispatcher({ WEBHOOK_SCHEDULE_S: '0,0.02' });
      receiver.react({ redirectTo: inside.url });
      const delivery = await bench.finalDelivery(await announce());
      expect(delivery.attempts.map(({ status_code: status, error }) => [status, error])).toEqual([
        [307, 'redirect'],
        [307, 'redirect'],
      ]);
      expect(inside.calls).toEqual([]);
    } finally {
      await inside.close();
    }
  });

  it('that does not answer is tried again', async () => {
    await bench.startDispatcher({ WEBHOOK_SCHEDULE_S: '0,0.02' });
    await receiver.close();
    const delivery = await bench.finalDelivery(await announce());
    expect(delivery.attempts.map(({ error }) => error)).toEqual(['connection_failed', 'connection_failed']);
    receiver = await startReceiver();
  });
});

describe('a name', () => {
  it('that resolves to loopback is refused at connect, whatever form the address takes', async () => {
    const answers = ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '169.254.169.254', '64:ff9b::7f00:1'];
    const left = [...answers];
    await bench.startDispatcher(
      { WEBHOOK_ALLOW_LOOPBACK: '0', WEBHOOK_SCHEDULE_S: '0,0.02,0.02,0.02,0.02,0.02' },
      async () => [left.shift() ?? '127.0.0.1'],
    );
    const delivery = await bench.finalDelivery(await announce(`http://receiver.example:${receiver.port}/`));
    expect(delivery.attempts.map(({ error }) => error)).toEqual(answers.map(() => 'address_refused'));
    expect(receiver.calls).toEqual([]);
  });

  it('that also resolves to loopback is refused as a whole', async () => {
    await bench.startDispatcher({ WEBHOOK_ALLOW_LOOPBACK: '0', WEBHOOK_SCHEDULE_S: '0' }, async () => [
      '93.184.216.34',
      '127.0.0.1',
    ]);
    const delivery = await bench.finalDelivery(await announce(`http://receiver.example:${receiver.port}/`));
    expect(delivery.attempts).toMatchObject([{ error: 'address_refused' }]);
  });

  it('that changes its answer to loopback after the check is still connected to at the checked address', async () => {
    // Each attempt resolves once: what a second lookup would return does not matter.
    let asked = 0;
    await bench.startDispatcher({ WEBHOOK_ALLOW_LOOPBACK: '0', WEBHOOK_SCHEDULE_S: '0,0.02' }, async () => {
      asked += 1;
      // A test cannot reach that address, so the first attempt ends without an answer.
      return [asked === 1 ? '93.184.216.34' : '127.0.0.1'];
    });
    const delivery = await bench.finalDelivery(await announce(`http://receiver.example:${receiver.port}/`));
    expect(delivery.attempts[0]?.error).toMatch(/^(timeout|connection_failed)$/);
    expect(delivery.attempts[1]?.error).toBe('address_refused');
    expect(asked).toBe(2);
    expect(receiver.calls).toEqual([]);
  });

  it('that is a non-public address is refused', async () => {
    await bench.startDispatcher({ WEBHOOK_ALLOW_LOOPBACK: '0', WEBHOOK_SCHEDULE_S: '0' });
    for (const host of ['127.0.0.1', '0x7f000001', '[::ffff:7f00:1]']) {
      const delivery = await bench.finalDelivery(await announce(`http://${host}:${receiver.port}/`));
      expect(delivery.attempts).toMatchObject([{ error: 'address_refused' }]);
    }
    expect(receiver.calls).toEqual([]);
  });

  it('is resolved once and connected to under its name', async () => {
    const asked: string[] = [];
    await bench.startDispatcher({}, async (name) => {
      asked.push(name);
      return ['127.0.0.1'];
    });
    await bench.finalDelivery(await announce(`http://receiver.example:${receiver.port}/hook`));
    expect(asked).toEqual(['receiver.example']);
    expect(receiver.calls[0]?.headers['host']).toBe(`receiver.example:${receiver.port}`);
  });
});

describe('a delivery', () => {
  it('can be sent again, with the same id', async () => {
    await bench.startDispatcher({ WEBHOOK_SCHEDULE_S: '0' });
    receiver.react(500, 200);
    const subject = await announce();
    const failed = await bench.finalDelivery(subject);
    expect(failed.status).toBe('failed');
    await bench.deliveries.redeliver(failed, undefined);
    const delivered = await bench.finalDelivery(subject);
    expect(delivered).toMatchObject({ status: 'delivered', round: 1 });
    expect(delivered.attempts.map(({ status_code: status }) => status)).toEqual([500, 200]);
    expect(new Set(receiver.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('that fails leaves no stacks of ours in Redis, which would take more than the delivery itself', async () => {
    await bench.startDispatcher({ WEBHOOK_SCHEDULE_S: '0,0.02,3600' });
    receiver.react(500);
    const subject = await announce();
    await until(() => receiver.calls.length === 2);
    await until(async () => (await bench.queues.webhooks.getDelayedCount()) === 1);
    const [job] = await bench.queues.webhooks.getDelayed();
    expect(job?.data).toMatchObject({ delivery: deliveryId(subject, 'job.succeeded') });
    expect([job?.attemptsMade, job?.stacktrace]).toEqual([2, []]);
  });

  it('that waits for its next attempt is sent immediately on request', async () => {
    await bench.startDispatcher({ WEBHOOK_SCHEDULE_S: '0,3600' });
    receiver.react(500, 200);
    const subject = await announce();
    await until(async () => (await bench.queues.webhooks.getDelayedCount()) === 1);
    const [waiting] = (await bench.deliveries.list({ subject }, undefined, 1)).deliveries;
    expect(waiting).toMatchObject({ status: 'pending', attempts: [{ status_code: 500 }] });
    if (waiting !== undefined) await bench.deliveries.redeliver(waiting, undefined);
    expect((await bench.finalDelivery(subject)).attempts).toHaveLength(2);
  });

  it('is signed with the old secret and the new one after a rotation', async () => {
    await bench.startDispatcher();
    const [old] = await bench.secrets.active('anonymous');
    const rotated = await bench.secrets.rotate('anonymous');
    await bench.finalDelivery(await announce());
    const [call] = receiver.calls;
    for (const { secret = '' } of [old ?? {}, rotated]) {
      expect(new Webhook(secret).verify(call?.body ?? '', call?.headers ?? {})).toMatchObject({
        type: 'job.succeeded',
      });
    }
  });
});
