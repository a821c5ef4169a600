import { webhookScheduleMs } from '@m2fp/contract';
import { describe, expect, it } from 'vitest';
import { parseConfig } from './config.ts';

const least = { S3_BUCKET: 'photos' };

describe('the dispatcher’s configuration', () => {
  it('needs a bucket and nothing else, and keeps webhooks away from loopback', () => {
    expect(parseConfig(least)).toMatchObject({
      parseQueue: 'parse-portrait',
      webhooks: { scheduleMs: webhookScheduleMs, timeoutMs: 15_000, rules: { allowLoopback: false } },
      batches: { window: 200 },
    });
  });

  it('takes a schedule in seconds, and empty variables for absent ones', () => {
    const config = parseConfig({ ...least, WEBHOOK_SCHEDULE_S: '0,0.5,60', MODEL: '', WEBHOOK_ALLOW_LOOPBACK: '1' });
    expect(config.webhooks).toMatchObject({ scheduleMs: [0, 500, 60_000], rules: { allowLoopback: true } });
    expect(config.parseQueue).toBe('parse-portrait');
  });

  it('names every variable that is missing or wrong', () => {
    const wrong = { WEBHOOK_SCHEDULE_S: 'soon', BATCH_WINDOW: '0', AWS_ACCESS_KEY_ID: 'a' };
    for (const name of ['S3_BUCKET', 'BATCH_WINDOW', 'WEBHOOK_SCHEDULE_S']) {
      expect(() => parseConfig(wrong)).toThrow(name);
    }
    expect(() => parseConfig({ ...least, AWS_ACCESS_KEY_ID: 'a' })).toThrow('AWS_SECRET_ACCESS_KEY');
  });
});
