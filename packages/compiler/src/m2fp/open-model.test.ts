/**
 * The golden network of `test/golden/people` in detectron2's layout, against what the reference computed for it; and
 * how files are found.
 */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { arrayValue } from '../../testing/checkpoint/numpy-values.ts';
import { openCheckpoint } from '../../testing/checkpoint/open-checkpoint.ts';
import { pickle } from '../../testing/checkpoint/pickle-writer.ts';
import { dict, orderedDict } from '../../testing/checkpoint/torch-values.ts';
import { detectron2Yaml } from '../../testing/m2fp/detectron2-yaml.ts';
import type { ModelJson } from '../../testing/m2fp/plain-network/model-json.ts';
import { checkBundle } from '../golden/check-bundle.ts';
import { inspectModel } from '../inspect/inspect-model.ts';
import { convertCheckpoint } from './convert.ts';

const people = fileURLToPath(new URL('../../../../test/golden/people', import.meta.url));
const { signal } = new AbortController();

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'open-model-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function writeYaml(name = 'm2fp.yaml', changes: Record<string, unknown> = {}): Promise<string> {
  const { model } = JSON.parse(await readFile(join(people, 'configuration.json'), 'utf8')) as { model: ModelJson };
  // As a base and what is laid over it.
  const { MODEL, ...rest } = detectron2Yaml(model, changes);
  await writeFile(join(dir, 'Base.yaml'), stringify({ MODEL: { RESNETS: { DEPTH: 152 } }, ...rest }));
  await writeFile(join(dir, name), stringify({ _BASE_: 'Base.yaml', MODEL }));
  return join(dir, name);
}

/** The network's tensors as arrays of NumPy, with a prefix and with more than the network needs. */
async function writePickle(
  prefix = 'module.',
  change = (_name: string, values: Float32Array): Float32Array => values,
): Promise<string> {
  const checkpoint = await openCheckpoint(people);
  const { source } = checkpoint;
  const model: [string, ReturnType<typeof arrayValue>][] = [
    ['criterion.empty_weight', arrayValue(new Float32Array(22))],
  ];
  for (const name of source.names().filter((one) => !one.endsWith('num_batches_tracked'))) {
    const shape = [...(source.shape(name) ?? [])];
    model.push([`${prefix}${name}`, arrayValue(change(name, await source.read(name)), { shape })]);
  }
  await checkpoint.close();
  const file = join(dir, 'model_final.pkl');
  await writeFile(file, pickle(dict({ model: orderedDict(model), __author__: 'us', matching_heuristics: true })));
  return file;
}

async function convert(path: string, options: { config?: string; labels?: string } = {}) {
  const notes: string[] = [];
  const manifest = await convertCheckpoint(path, join(dir, 'bundle'), { name: 'bundle' }, signal, {
    ...options,
    onNote: (note) => notes.push(note),
  });
  return { manifest, notes };
}

async function expectGolden(): Promise<void> {
  const reports = [];
  for await (const report of checkBundle(join(dir, 'bundle'), people, { threads: 1 })) reports.push(report);
  expect(reports).toHaveLength(2);
  expect(reports.filter(({ passed }) => !passed)).toEqual([]);
}

describe('a golden network in detectron2’s layout computes what the reference does', () => {
  it('from a file of torch.save and a YAML with a base', async () => {
    const { manifest, notes } = await convert(join(people, 'pytorch_model.pt'), { config: await writeYaml() });
    expect(manifest).toMatchObject({ kind: 'm2fp', reference: { minSize: 640, maxSize: 2048 }, personClassId: 20 });
    expect(notes).toEqual([]);
    await expectGolden();
  });

  it('from NumPy’s arrays with a prefix', async () => {
    const { manifest } = await convert(await writePickle(), { config: await writeYaml() });
    expect(manifest.architecture['ignoredTensors']).toEqual(['criterion.empty_weight']);
    await expectGolden();
  });

  it('if it takes BGR: what is turned around twice is as it was', async () => {
    const bgr = { 'INPUT.FORMAT': 'BGR', 'MODEL.PIXEL_MEAN': [103.53, 116.28, 123.675] };
    const config = await writeYaml('bgr.yaml', { ...bgr, 'MODEL.PIXEL_STD': [57.375, 57.12, 58.395] });
    await convert(await writePickle('', withColorsReversed), { config });
    await expectGolden();
  });
});

/** The first convolution of a network that takes its three channels in the other order: [outputs, 3, 3, 3]. */
function withColorsReversed(name: string, values: Float32Array): Float32Array {
  if (name !== 'backbone.stem.conv1.weight') return values;
  return Float32Array.from(values, (_, i) => {
    const channel = Math.floor(i / 9) % 3;
    return values[i + 9 * (2 - 2 * channel)] ?? NaN;
  });
}

describe('files', () => {
  it('a folder with one file of weights and config.yaml needs no options', async () => {
    await writePickle('');
    await writeYaml('config.yaml');
    const { manifest } = await convert(dir);
    expect(manifest.labels[10]).toMatchObject({ name: 'Torso-skin' });
  });

  it('own names for the classes go before all others', async () => {
    const labels = join(dir, 'names.txt');
    await writeFile(labels, Array.from({ length: 21 }, (_, id) => (id === 3 ? 'Person' : `part ${id}`)).join('\n'));
    const config = await writeYaml('m2fp.yaml', { 'DATASETS.TEST': '("mine",)' });
    const { manifest, notes } = await convert(join(people, 'pytorch_model.pt'), { config, labels });
    expect(manifest).toMatchObject({ personClassId: 3 });
    expect(manifest.labels[1]).toMatchObject({ name: 'part 1', role: 'part' });
    expect(notes).toEqual([]);
  });

  it('inspect reads weights with their configuration, and without', async () => {
    const file = await writePickle();
    const described = await inspectModel(file, { config: await writeYaml() });
    expect(described).toMatchObject({ what: 'checkpoint', kind: 'm2fp', parameters: 720_398, problems: [], notes: [] });
    expect(described.files.map(({ path }) => path)).toEqual(['m2fp.yaml', 'Base.yaml', 'model_final.pkl']);
    const alone = await inspectModel(file);
    expect(alone).toMatchObject({ parameters: 720_398, problems: [] });
    expect(alone).toHaveProperty('notes', expect.arrayContaining([expect.stringContaining('No configuration')]));
  });

  it.each([
    ['weights without a configuration', async () => writePickle(), 'needs a configuration'],
    ['an empty folder', async () => dir, 'has no weights'],
    ['nothing', async () => join(dir, 'none.pth'), 'none.pth does not exist'],
    [
      'several files of weights',
      async () => {
        await Promise.all(['a.pth', 'b.pkl'].map((name) => writeFile(join(dir, name), 'x')));
        return dir;
      },
      'has several files of weights (a.pth, b.pkl): name the one you mean',
    ],
    [
      'a diffusers pipeline',
      async () => {
        await writeFile(join(dir, 'model_index.json'), '{}');
        return dir;
      },
      'It is a diffusers pipeline',
    ],
    [
      'a network of another kind',
      async () => {
        await writeFile(join(dir, 'a.pkl'), pickle(dict({ 'layer1.0.conv1.weight': arrayValue(new Float32Array(1)) })));
        await writeFile(join(dir, 'config.yaml'), 'MODEL: {}');
        return dir;
      },
      'is not a checkpoint of M2FP: it looks like a ResNet of torchvision',
    ],
  ])('%s is refused', async (_name, prepare, message) => {
    await expect(convert(await prepare())).rejects.toThrow(message);
  });

  it('a folder of ModelScope’s that is incomplete is refused as before', async () => {
    const folder = join(dir, 'checkpoint');
    await mkdir(folder);
    await copyFile(join(people, 'pytorch_model.pt'), join(folder, 'pytorch_model.pt'));
    await expect(convert(folder)).rejects.toThrow(`${join(folder, 'configuration.json')} does not exist`);
  });
});
