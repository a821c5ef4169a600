import { webhookScheduleMs } from '@m2fp/contract';
import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const least = { S3_BUCKET: 'photos' };

describe('the dispatcher’s settings', () => {
  it('need a bucket and nothing else, and keep webhooks away from loopback', () => {
    expect(readConfig(least)).toMatchObject({
      queue: { model: 'portrait' },
      webhooks: { scheduleMs: webhookScheduleMs, timeoutMs: 15_000 },
      webhookRules: { allowLoopback: false },
      batches: { window: 200 },
      s3: { timeoutMs: 30_000 },
    });
  });

  it('take a schedule in seconds', () => {
    const config = readConfig({ ...least, WEBHOOK_SCHEDULE_S: '0,0.5,60', WEBHOOK_ALLOW_LOOPBACK: '1' });
    expect(config.webhooks.scheduleMs).toEqual([0, 500, 60_000]);
    expect(config.webhookRules.allowLoopback).toBe(true);
  });

  it('remove nothing by age unless told so, and then nothing but results and uploads', () => {
    expect(readConfig(least).retention).toMatchObject({ resultsS: undefined, uploadsS: undefined });
    const both = { RESULT_RETENTION_S: '3600', UPLOAD_RETENTION_S: '60' };
    expect(readConfig({ ...least, ...both }).retention).toMatchObject({ resultsS: 3_600, uploadsS: 60 });
    for (const [name, prefixes] of [
      ['RESULT_RETENTION_S', { OUTPUT_PREFIX: 'data/', INPUT_PREFIXES: 'data/in/' }],
      ['RESULT_RETENTION_S', { OUTPUT_PREFIX: 'uploads/' }],
      ['UPLOAD_RETENTION_S', { UPLOAD_PREFIX: 'a/', OUTPUT_PREFIX: 'a/results/' }],
      ['UPLOAD_RETENTION_S', { UPLOAD_PREFIX: 'a/', OUTPUT_PREFIXES: 'a/albums/' }],
    ] as const) {
      expect(() => readConfig({ ...least, ...prefixes, [name]: '3600' })).toThrow(name);
      expect(() => readConfig({ ...least, ...prefixes })).not.toThrow();
    }
  });

  it('name every missing or wrong variable', () => {
    const wrong = { WEBHOOK_SCHEDULE_S: 'soon', BATCH_WINDOW: '0' };
    for (const name of ['S3_BUCKET', 'BATCH_WINDOW', 'WEBHOOK_SCHEDULE_S']) {
      expect(() => readConfig(wrong)).toThrow(name);
    }
  });
});
