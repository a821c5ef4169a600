/** Examples for the OpenAPI document. */
import { parseOptionsSchema } from '@m2fp/contract';
import type { BatchView } from './batch-schemas.ts';

const id = 'batch_9f86d081884c7d659a2feaa0c55ad015';
const output = { prefix: `results/${id}/` };

const queued: BatchView = {
  id,
  status: 'queued',
  counts: { total: 2, queued: 2, processing: 0, succeeded: 0, failed: 0, canceled: 0 },
  created_at: '2026-11-23T09:15:00.000Z',
  finished_at: null,
  input: { prefix: null },
  output,
  options: parseOptionsSchema.parse({}),
  metadata: {},
  manifest: null,
};

const finished: BatchView = {
  ...queued,
  status: 'finished',
  counts: { total: 2, queued: 0, processing: 0, succeeded: 1, failed: 1, canceled: 0 },
  finished_at: '2026-11-23T09:15:04.000Z',
  manifest: {
    key: `${output.prefix}manifest.jsonl`,
    url: `https://bucket.s3.example/${output.prefix}manifest.jsonl?X-Amz-Signature=abc`,
    url_expires_at: '2026-11-23T10:15:10.000Z',
  },
};

const failed: BatchView = {
  ...queued,
  status: 'failed',
  counts: { total: 0, queued: 0, processing: 0, succeeded: 0, failed: 0, canceled: 0 },
  finished_at: '2026-11-23T09:15:01.000Z',
  input: { prefix: 'inputs/album-8/' },
  error: { code: 'input_not_found', message: 'There is no object under the prefix.' },
};

export const batchExamples = {
  requests: {
    keys: { summary: 'Keys', value: { input: { keys: ['inputs/1.jpg', 'inputs/2.jpg'] } } },
    prefix: {
      summary: 'A prefix, and a webhook when it is done',
      value: {
        input: { prefix: 'inputs/album-7/' },
        output: { prefix: 'results/album-7/' },
        options: { outputs: ['masks', 'overlay'] },
        webhook: { url: 'https://example.com/hooks/m2fp', events: ['batch.finished'] },
      },
    },
  },
  queued: { value: queued },
  canceling: { value: { ...queued, status: 'canceling' } satisfies BatchView },
  batches: {
    queued: { value: queued },
    finished: { value: finished },
    failed: { value: failed },
  },
  list: { value: { batches: [finished], next_cursor: null } },
};
