import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readManifest } from '@m2fp/core/model';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSeededSource } from '../synth/seeded-source.ts';
import { convertCheckpoint } from './convert.ts';
import { openModel } from './open-model.ts';
import { writeReferenceWeights } from './reference-weights.ts';
import { synthesizeM2fp } from './synthesize.ts';

const checkpoint = fileURLToPath(new URL('../../../../test/golden/people', import.meta.url));
const never = new AbortController().signal;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-reference-'));
});
afterEach(() => rm(dir, { recursive: true }));

type Header = Record<string, { shape: number[]; data_offsets: [number, number] }>;

/** What a reader of safetensors finds in a file. */
async function readTensors(file: string) {
  const bytes = await readFile(file);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, start).toString()) as Header;
  const read = (name: string): number[] => {
    const [begin, end] = header[name]?.data_offsets ?? [0, 0];
    return Array.from({ length: (end - begin) / 4 }, (_, i) => bytes.readFloatLE(start + begin + i * 4));
  };
  return { header, read };
}

it('draws the weights of a synthetic bundle again from its seed', async () => {
  const manifest = await synthesizeM2fp({ architecture: 'tiny', kind: 'people', seed: 5 }, join(dir, 'bundle'));
  const file = join(dir, 'weights');
  await writeReferenceWeights(manifest, undefined, file, never);
  const { header, read } = await readTensors(file);
  const shapes = new Map(Object.entries(header).map(([name, { shape }]) => [name, shape]));
  const source = createSeededSource({ shapes, seed: 5 });
  for (const name of ['backbone.res2.0.conv1.norm.running_var', 'sem_seg_head.predictor.class_embed.weight']) {
    expect(read(name)).toEqual([...(await source.read(name))]);
  }
});

it('takes the weights of any other bundle from its checkpoint, which has to be named', async () => {
  await convertCheckpoint(checkpoint, join(dir, 'bundle'), { name: 'people' }, never);
  const manifest = await readManifest(join(dir, 'bundle'));
  if (manifest.kind !== 'm2fp') throw new Error(manifest.kind);
  const file = join(dir, 'weights');
  await expect(writeReferenceWeights(manifest, undefined, file, never)).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('--checkpoint') as string,
  });
  await writeReferenceWeights(manifest, { path: checkpoint }, file, never);
  const { read } = await readTensors(file);
  const model = await openModel({ path: checkpoint }, 'required');
  try {
    const name = 'sem_seg_head.pixel_decoder.transformer.level_embed';
    expect(read(name)).toEqual([...(await model.source.read(name))]);
  } finally {
    await model.close();
  }
});

it('refuses a checkpoint of other sizes, and one without its configuration, before it writes', async () => {
  await convertCheckpoint(checkpoint, join(dir, 'bundle'), { name: 'people' }, never);
  const manifest = await readManifest(join(dir, 'bundle'));
  const file = join(dir, 'weights');
  const backbone = { ...(manifest.architecture['backbone'] as object), depth: 101 };
  const deeper = { ...manifest, architecture: { ...manifest.architecture, backbone } };
  await expect(writeReferenceWeights(deeper, { path: checkpoint }, file, never)).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('backbone.depth is 50 in the checkpoint and 101 in the bundle') as string,
  });
  const alone = join(dir, 'alone.pt');
  await copyFile(join(checkpoint, 'pytorch_model.pt'), alone);
  await expect(writeReferenceWeights(manifest, { path: alone }, file, never)).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringMatching(/alone\.pt needs its configuration: (?!.*--config).*config\.yaml/) as string,
  });
  await expect(readFile(file)).rejects.toThrow('ENOENT');
});
