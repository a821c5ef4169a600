import { describe, expect, test } from 'vitest';
import { jobDataSchema, jobResultSchema, type JobData } from './job.ts';
import { jobEventOf, summarizeJob, type JobRecord } from './job-view.ts';
import { parseOptionsSchema } from './options.ts';
import { isOfLaterVersion, parseKnown } from './other-versions.ts';

const data: JobData = {
  v: 1,
  input: { key: 'uploads/a.jpg' },
  output: { prefix: 'results/1/' },
  options: parseOptionsSchema.parse({}),
  createdAt: '2026-11-26T20:00:00.000Z',
};
const result = {
  v: 1,
  model: { name: 'people', kind: 'm2fp', version: '2', synthetic: false },
  image: { width: 2, height: 2 },
  ...{ scale: 1, people: 1, labels: [], files: [], timings: {} },
};

function isLater(changed: unknown): boolean {
  const { error } = jobDataSchema.safeParse(changed);
  return error !== undefined && isOfLaterVersion(changed, error);
}

describe('data that this version cannot read', () => {
  test.each([
    ['a higher version of any form', { v: 2, photo: 'a.jpg' }],
    ['a field more', { ...data, tenant: 'x' }],
    ['an option more', { ...data, options: { ...data.options, min_area: 4 } }],
    ['an output more', { ...data, options: { ...data.options, outputs: ['masks', 'depth'] } }],
  ])('is a later version’s with %s', (_, changed) => {
    expect(isLater(changed)).toBe(true);
  });

  test.each([
    ['no version', { ...data, v: undefined }],
    ['a version before the first', { ...data, v: 0 }],
    ['a version that is no number', { ...data, v: '2' }],
    ['a field less', { ...data, input: undefined }],
    ['a field more and one less', { ...data, tenant: 'x', input: undefined }],
    ['nothing', undefined],
  ])('is broken with %s', (_, changed) => {
    expect(isLater(changed)).toBe(false);
  });
});

test('an earlier version’s data is read: it says less', () => {
  const { polygons: _polygons, crop: _crop, garment: _garment, ...options } = data.options;
  expect(jobDataSchema.parse({ ...data, options })).toEqual(data);
});

test('whoever tells of a job leaves out what a later version added, wherever that is', () => {
  const record: JobRecord = {
    ...{ id: 'job_1', model: 'people', state: 'succeeded', attempts: 1, startedAtMs: 1, finishedAtMs: 2 },
    ...{ progress: undefined, failure: undefined },
    data: { ...data, tenant: 'x', options: { ...data.options, min_area: 4 } },
    result: { ...result, quality: 1, model: { ...result.model, precision: 'int8' }, files: [] },
  };
  expect(summarizeJob(record)).toMatchObject({ id: 'job_1', options: data.options });
  const { v: _v, ...told } = result;
  expect(jobEventOf(record).data).toMatchObject({ result: told });
  expect((record.data as { tenant: string }).tenant).toBe('x');
});

test('what is wrong otherwise stays wrong', () => {
  expect(parseKnown(jobResultSchema, { ...result, extra: 1, people: 'many' }).success).toBe(false);
  expect(parseKnown(jobResultSchema, undefined).success).toBe(false);
});
