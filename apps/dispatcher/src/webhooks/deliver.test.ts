import { webhookScheduleMs } from '@m2fp/contract';
import type { Deliveries, Delivery, WebhookSecrets } from '@m2fp/queue/webhooks';
import { createLogger } from '@m2fp/service/logger';
import { UnrecoverableError } from 'bullmq';
import { describe, expect, it, vi } from 'vitest';
import { AttemptFailed, deliver } from './deliver.ts';

const id = `msg_${'0'.repeat(32)}`;
const pending: Delivery = {
  ...{
    id,
    owner: 'anonymous',
    key_id: null,
    subject: 'job_1',
    event: 'job.succeeded',
    payload: '{}',
    status: 'pending',
    round: 0,
  },
  ...{ created_at: '', finished_at: null, next_attempt_at: null, attempts: [] },
  // Refused before anything is sent, so every attempt fails.
  url: 'http://10.0.0.1/',
};

function setUp(delivery: Delivery | undefined) {
  const record = vi.fn(async () => undefined);
  const deliveries = { find: async () => delivery, record } as unknown as Deliveries;
  const secret = `whsec_${Buffer.alloc(32).toString('base64')}`;
  const secrets = { active: async () => [{ secret }] } as unknown as WebhookSecrets;
  const guard = { rules: { allowLoopback: false }, timeoutMs: 1_000 };
  const log = createLogger('silent', {});
  const apiKeys = { find: async () => undefined };
  const slots = { tryStart: () => () => undefined };
  const parts = { deliveries, secrets, apiKeys, slots, perOwner: 1, guard, scheduleMs: webhookScheduleMs, log };
  const attempt = (attemptsMade: number) => deliver({ data: { v: 1, delivery: id }, attemptsMade }, parts);
  return { attempt, record };
}

describe('an attempt that fails', () => {
  it('is followed by another after the scheduled wait and at most a tenth more, ten times in all', async () => {
    const { attempt } = setUp(pending);
    const waits: number[] = [];
    for (let made = 0; made < 9; made += 1) {
      const error: unknown = await attempt(made).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AttemptFailed);
      waits.push((error as AttemptFailed).delayMs);
    }
    const minutes = [5 / 60, 5, 30, 120, 300, 600, 840, 1_200, 1_440];
    for (const [place, wait] of waits.entries()) {
      const least = (minutes[place] ?? 0) * 60_000;
      expect(wait).toBeGreaterThanOrEqual(Math.round(least));
      expect(wait).toBeLessThanOrEqual(Math.round(least * 1.1));
    }
    await expect(attempt(9)).rejects.toBeInstanceOf(UnrecoverableError);
  });
});

describe('a delivery', () => {
  it.each([undefined, { ...pending, status: 'delivered' as const }, { ...pending, status: 'failed' as const }])(
    'that is not pending is not sent',
    async (delivery) => {
      const { attempt, record } = setUp(delivery);
      await attempt(0);
      expect(record).not.toHaveBeenCalled();
    },
  );
});
