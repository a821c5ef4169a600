import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBundle } from '@m2fp/core/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { elementCount, type TensorSource } from '../checkpoint/tensor-source.ts';
import { decodeModel } from '../onnx/onnx-schema.ts';
import { parseConfiguration } from './configuration.ts';
import { convertM2fp } from './convert.ts';
import { countParameters } from './bundle-manifest.ts';
import { networkTensors } from './network.ts';
import { synthesizeM2fp } from './synthesize.ts';
import { smallModel } from '../../testing/m2fp/small-model.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-convert-'));
});
afterEach(() => rm(dir, { recursive: true }));

const { source, configuration } = smallModel();
const convert = (from: TensorSource, name = 'bundle') => convertM2fp(from, configuration, join(dir, name), { name });

describe('a converted bundle', () => {
  it('is complete, and says what it holds', async () => {
    await convert(source);
    const { manifest } = await openBundle(join(dir, 'bundle'));
    expect(manifest).toMatchObject({
      kind: 'm2fp',
      name: 'bundle',
      synthetic: false,
      graph: 'model.onnx',
      dtype: 'float32',
      source: 'random tensors, seed 1',
      personClassId: 20,
      input: { padMultiple: 32, mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] },
      architecture: { network: 'M2FP, ResNet-50', backbone: { blocks: [3, 4, 6, 3] }, decoder: { queries: 12 } },
    });
    expect(manifest.labels).toHaveLength(21);
    expect(manifest.files.map(({ path }) => path)).toEqual(['model.onnx', 'model.weights']);
  });

  it('has the same bytes each time', async () => {
    await convert(source, 'first');
    await convert(source, 'second');
    for (const file of ['model.onnx', 'model.weights']) {
      expect(await digest(join(dir, 'first', file))).toBe(await digest(join(dir, 'second', file)));
    }
  });

  it('has its large weights on page boundaries of the weights file', async () => {
    await convert(source);
    const { graph } = decodeModel(await readFile(join(dir, 'bundle', 'model.onnx')));
    const offsets = graph.initializer.flatMap(({ external_data: entries = [] }) =>
      entries.filter(({ key }) => key === 'offset').map(({ value }) => Number(value)),
    );
    expect(offsets.length).toBeGreaterThan(100);
    expect(offsets.filter((offset) => offset % 4096 !== 0)).toEqual([]);
    const inside = graph.initializer.map(({ raw_data: data }) => data?.byteLength ?? 0);
    expect(Math.max(...inside)).toBeLessThan(1024);
  });

  it('is made from every tensor, read one at a time', async () => {
    let reading = 0;
    const read = new Set<string>();
    const oneByOne: TensorSource = {
      ...source,
      read: async (name) => {
        read.add(name);
        expect(reading++).toBe(0);
        const data = await source.read(name);
        reading--;
        return data;
      },
    };
    await convert(oneByOne);
    expect([...read].sort()).toEqual([...source.names()].sort());
  });

  it('ignores tensors that it does not need, and lists those that are not mere counters', async () => {
    const more: TensorSource = {
      ...source,
      names: () => [...source.names(), 'criterion.empty_weight', 'backbone.stem.conv1.norm.num_batches_tracked'],
    };
    expect((await convert(more)).architecture['ignoredTensors']).toEqual(['criterion.empty_weight']);
  });
});

describe('a checkpoint that does not fit its configuration', () => {
  const name = 'sem_seg_head.predictor.class_embed.weight';
  const nothingLeft = async () => expect(await readdir(dir)).toEqual([]);

  it('is refused for a missing tensor, with its name and shape', async () => {
    const without = { ...source, shape: (asked: string) => (asked === name ? undefined : source.shape(asked)) };
    await expect(convert(without)).rejects.toThrow(
      `random tensors, seed 1 has no tensor ${name}; the network needs it as [22, 32].`,
    );
    await nothingLeft();
  });

  it('is refused for a tensor of another shape, with both', async () => {
    const other = { ...source, shape: (asked: string) => (asked === name ? [21, 32] : source.shape(asked)) };
    await expect(convert(other)).rejects.toThrow(`tensor ${name} is [21, 32]; the configuration asks for [22, 32].`);
    await nothingLeft();
  });

  it('is refused with everything that is wrong, shortened if that is a lot', async () => {
    const bias = 'sem_seg_head.predictor.class_embed.bias';
    const two = {
      ...source,
      shape: (asked: string) => ([name, bias].includes(asked) ? undefined : source.shape(asked)),
    };
    const refusal = await convert(two).catch((error: unknown) => String(error));
    expect(refusal).toMatch(`has no tensor ${name}; the network needs it as [22, 32].`);
    expect(refusal).toMatch(`has no tensor ${bias}; the network needs it as [22].`);
    const none = { ...source, shape: () => undefined };
    await expect(convert(none)).rejects.toThrow(`${source.names().length - 5} more tensors do not fit.`);
    await nothingLeft();
  });

  it('is refused for values that are not finite', async () => {
    const broken = {
      ...source,
      read: async (asked: string) => (await source.read(asked)).fill(NaN, 0, asked === name ? 1 : 0),
    };
    await expect(convert(broken)).rejects.toThrow(`tensor ${name} holds values that are not finite.`);
    await nothingLeft();
  });

  it('leaves nothing behind if reading fails halfway', async () => {
    const cut = {
      ...source,
      read: async (asked: string) => {
        if (asked === name) throw new Error('the disk is gone');
        return source.read(asked);
      },
    };
    await expect(convert(cut)).rejects.toThrow('the disk is gone');
    await nothingLeft();
  });
});

describe('the published network', () => {
  const published = parseConfiguration({});

  it('has 63.0 million parameters', () => {
    expect((countParameters(published) / 1e6).toFixed(1)).toBe('63.0');
  });

  it('fits in 300 MB', () => {
    let bytes = 0;
    for (const shape of networkTensors(published.architecture).values()) bytes += 4 * elementCount(shape) + 4096;
    expect(bytes).toBeLessThan(300e6);
  });
});

describe('a synthetic bundle', () => {
  it.each([
    ['people', 'm2fp', 21],
    ['single', 'm2fp-single', 20],
  ] as const)('of %s says that it is synthetic', async (kind, manifestKind, labels) => {
    const out = join(dir, kind);
    await synthesizeM2fp({ architecture: 'tiny', kind, seed: 3 }, out);
    const { manifest } = await openBundle(out);
    expect(manifest).toMatchObject({
      kind: manifestKind,
      name: `synthetic-tiny-${kind}`,
      version: 'seed-3',
      synthetic: true,
      source: 'random weights of seed 3',
    });
    expect(manifest.labels).toHaveLength(labels);
  });

  it('differs from seed to seed', async () => {
    const weights = [];
    for (const seed of [1, 2]) {
      await synthesizeM2fp({ architecture: 'tiny', kind: 'people', seed }, join(dir, String(seed)));
      weights.push(await digest(join(dir, String(seed), 'model.weights')));
    }
    expect(weights[0]).not.toBe(weights[1]);
  });
});

async function digest(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
