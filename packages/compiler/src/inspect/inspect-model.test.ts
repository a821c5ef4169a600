import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { convertCheckpoint } from '../m2fp/convert.ts';
import { inspectModel } from './inspect-model.ts';

const people = fileURLToPath(new URL('../../../../test/golden/people', import.meta.url));

async function createDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'm2fp-inspect-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

/** The golden checkpoint with another configuration. */
async function createCheckpoint(change: (model: Record<string, Record<string, unknown>>) => void): Promise<string> {
  const dir = await createDir();
  const text = await readFile(join(people, 'configuration.json'), 'utf8');
  const configuration = JSON.parse(text) as { model: Record<string, Record<string, unknown>> };
  change(configuration.model);
  await writeFile(join(dir, 'configuration.json'), JSON.stringify(configuration));
  await writeFile(join(dir, 'pytorch_model.pt'), await readFile(join(people, 'pytorch_model.pt')));
  return dir;
}

test('a checkpoint: network, tensors, what is not needed, files', async () => {
  const report = await inspectModel(people);
  expect(report).toMatchObject({
    what: 'checkpoint',
    kind: 'm2fp',
    parameters: 720_398,
    architecture: { network: 'M2FP, ResNet-50', decoder: { queries: 24 } },
    tensors: 468,
    dtypes: { float32: 413, int64: 55 },
    assumedConfigurationKeys: [],
    problems: [],
  });
  if (report.what !== 'checkpoint') return;
  expect(report.labels).toHaveLength(21);
  expect(report.ignoredConfigurationKeys).toContain('model.pretrained');
  expect(report.files.map(({ path }) => path)).toEqual(['configuration.json', 'pytorch_model.pt']);
});

test('a checkpoint: keys that are filled in, and tensors that do not fit', async () => {
  const dir = await createCheckpoint((model) => {
    delete model['encoder']?.['transformer_nheads'];
    Object.assign(model['decoder'] ?? {}, { num_queries: 25 });
  });
  const report = await inspectModel(dir);
  expect(report).toMatchObject({ assumedConfigurationKeys: ['model.encoder.transformer_nheads'] });
  const problems = report.what === 'checkpoint' ? report.problems : [];
  expect(problems.join('\n')).toContain('sem_seg_head.predictor.query_feat.weight is [24, 64]');
  expect(problems.join('\n')).toContain('[25, 64]');
});

test('a bundle: its manifest, and no bundle whose file was changed', async () => {
  const dir = join(await createDir(), 'bundle');
  await convertCheckpoint(people, dir, { name: 'golden' }, new AbortController().signal);
  expect(await inspectModel(dir)).toMatchObject({ what: 'bundle', name: 'golden', parameters: 720_398 });
  await writeFile(join(dir, 'model.onnx'), 'changed');
  await expect(inspectModel(dir)).rejects.toMatchObject({ code: 'model_unavailable' });
});

test('a folder that is neither is refused', async () => {
  await expect(inspectModel(await createDir())).rejects.toMatchObject({ code: 'model_unavailable' });
});
