/** M2FP bundles, from a checkpoint to the service's results: the same bytes as the command line gives. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ApiProcess } from './support/api/api-process.ts';
import { goldenDir, runM2fp, samplePhoto } from './support/cli/run-m2fp.ts';
import { startRealService } from './support/real-service.ts';
import { until } from './support/worker/until.ts';
import { endWorkers } from './support/worker/worker-process.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-service-test-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));
afterEach(endWorkers);

interface Job {
  readonly status: string;
  readonly result: { readonly files: readonly { readonly output: string; readonly key: string }[] };
}

async function parseByService(api: ApiProcess, photo: Uint8Array<ArrayBuffer>, options: object): Promise<Job> {
  const form = new FormData();
  form.set('options', JSON.stringify(options));
  form.set('image', new Blob([photo], { type: 'image/jpeg' }), 'photo.jpg');
  const created = await fetch(`${api.url}/v1/jobs`, { method: 'POST', body: form });
  expect(created.status).toBe(202);
  const location = `${api.url}${created.headers.get('location') ?? ''}`;
  let job: Job | undefined;
  await until(async () => {
    job = (await (await fetch(location)).json()) as Job;
    return !['queued', 'processing'].includes(job.status);
  });
  return job as Job;
}

test.each([
  ['people', ['masks', 'colormap', 'instances', 'overlay'], 3],
  ['single', ['masks', 'colormap'], 1],
] as const)('golden/%s, converted, gives over HTTP what the command line gives', async (golden, outputs, number) => {
  const bundle = join(dir, golden);
  expect(await runM2fp('model', 'convert', goldenDir(golden), '--out', bundle)).toMatchObject({ code: 0 });
  const out = join(dir, `${golden}-out`);
  const flags = ['--short-side', '256', '--outputs', outputs.join(',')];
  const local = await runM2fp('parse', samplePhoto(number), '--model', bundle, '--out', out, ...flags);
  expect(local).toMatchObject({ code: 0 });

  const api = await startRealService(bundle);
  const photo = new Uint8Array(await readFile(samplePhoto(number)));
  const job = await parseByService(api, photo, { short_side: 256, outputs });
  expect(job.status).toBe('succeeded');
  const folder = join(out, `sample${number}`);
  expect(await readdir(folder)).toHaveLength(outputs.length);
  for (const { key } of job.result.files) {
    const expected = await readFile(join(folder, key.split('/').at(-1) ?? ''));
    expect(expected.equals(await api.getObject(key)), key).toBe(true);
  }
  expect(job.result.files.map(({ output }) => output)).toEqual([...outputs]);
});
