import { createJobId, type JobRecord } from '@m2fp/contract';
import { describe, expect, it } from 'vitest';
import { packJob, recordFrom } from './packed-job.ts';

const id = createJobId();
const place = { id, model: 'portrait' };
const returnedByThisVersion = 'AatGFI61AA==';
const data = { v: 1, input: { key: 'inputs/a.jpg' }, output: { prefix: `results/o/${id}/` }, owner: 'o' };
const ended: JobRecord = {
  ...{
    id,
    model: 'portrait',
    state: 'succeeded',
    data,
    progress: undefined,
    attempts: 2,
    startedAtMs: 1_000,
    finishedAtMs: 2_000,
  },
  result: { people: 1 },
  failure: undefined,
};

function packed(record: JobRecord): JobRecord {
  const { fields } = packJob(record, { isCanceled: false });
  return recordFrom(place, hashOf(fields), 'queued');
}

/** @param fields names and values alternately */
function hashOf(fields: readonly (string | Buffer)[]): Record<string, Buffer> {
  const names = fields.filter((_, place) => place % 2 === 0);
  return Object.fromEntries(names.map((name, place) => [String(name), Buffer.from(fields[2 * place + 1] ?? '')]));
}

describe('a packed job', () => {
  it('is the record that it was, except for what is of no use after its end', () => {
    const traced = { ...data, requestId: 'r', traceparent: '00-1-2-01' };
    expect(packed({ ...ended, data: traced })).toEqual(ended);
    const failed: JobRecord = { ...ended, state: 'failed', startedAtMs: undefined, result: undefined, failure: 'why' };
    expect(packed(failed)).toEqual(failed);
  });

  it('no longer has the URL that its photo came from', () => {
    const input = { key: 'https://a.example/b.jpg', name: 'b.jpg' };
    const fetched = { ...data, input: { ...input, url: 'https://a.example/b.jpg?signature=secret' } };
    expect(packed({ ...ended, data: fetched })).toEqual({ ...ended, data: { ...data, input } });
  });

  it('of any size comes back whole', () => {
    for (const length of [0, 62, 63, 64, 5_000, 20_000]) {
      const note = Array.from({ length }, () => String.fromCharCode(0x4e00 + Math.random() * 20_000)).join('');
      const record = { ...ended, data: { ...data, metadata: { note } } };
      expect(packed(record)).toEqual(record);
    }
  });
});

describe('a job as BullMQ writes it', () => {
  it('has the result of a worker of this version, and of the one before', () => {
    const fields = ['data', JSON.stringify(data), 'ats', '2', 'processedOn', '1000', 'finishedOn', '2000'];
    const read = (returned: unknown): JobRecord => {
      const all = [...fields, 'returnvalue', JSON.stringify(returned)];
      return recordFrom(place, hashOf(all), 'succeeded');
    };
    expect(read({ people: 1 })).toEqual(ended);
    // `compactText({ people: 1 })`: the dictionary must never change.
    expect(read(returnedByThisVersion)).toEqual(ended);
  });

  it('has nothing yet where nothing was written', () => {
    const record = recordFrom(place, hashOf(['data', '{}']), 'queued');
    const nothing = { progress: undefined, startedAtMs: undefined, finishedAtMs: undefined, result: undefined };
    expect(record).toMatchObject({ state: 'queued', data: {}, attempts: 0, ...nothing });
  });
});
