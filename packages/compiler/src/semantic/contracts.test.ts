/** Each part of a contract, by what a tiny network sees and what becomes of its output. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOptionsSchema, type ParseOptionsInput } from '@m2fp/contract';
import type { Photo, RgbImage } from '@m2fp/core/image';
import type { Bundle, FloatTensor } from '@m2fp/core/model';
import { loadSemantic, type SemanticInput, type SemanticManifest, type SemanticOutput } from '@m2fp/core/parsing';
import { paintColormap } from '@m2fp/core/render';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TinyNetwork, writeNetwork } from '../../testing/semantic/tiny-networks.ts';
import { createSemanticLabels } from './labels.ts';
import { contractDefaults } from './presets.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-contracts-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const [red, green, blue] = [
  [200, 0, 0],
  [0, 200, 0],
  [0, 0, 200],
] as const;
type Color = readonly [number, number, number];

/** A photo from rows of colors; each letter is `times` pixels wide and high. */
function photoOf(rows: readonly string[], times = 1): Photo {
  const colors: Readonly<Record<string, Color>> = { r: red, g: green, b: blue };
  const lines = rows.flatMap((row) =>
    Array.from({ length: times }, () => [...row].flatMap((one) => Array.from({ length: times }, () => one))),
  );
  const picture: RgbImage = {
    data: Uint8Array.from(lines.flat().flatMap((one) => colors[one] ?? [0, 0, 0])),
    ...{ width: lines[0]?.length ?? 0, height: lines.length },
  };
  return { ...picture, format: 'png', rgb: async () => picture, resized: async () => picture };
}

interface Seen {
  readonly tensor: FloatTensor;
  readonly colormap: Uint8Array;
  readonly scores: readonly number[];
  readonly scale: number;
}

interface Contract {
  readonly input?: Partial<SemanticInput>;
  readonly output?: Partial<SemanticOutput>;
}

/** What the network is given for a photo, and the label map that comes of it. */
async function parse(
  photo: Photo,
  { input, output }: Contract = {},
  network: TinyNetwork = {},
  options: ParseOptionsInput = {},
): Promise<Seen> {
  const path = await writeNetwork(join(await mkdtemp(join(dir, 'net-')), 'model.onnx'), network);
  const manifest: SemanticManifest = {
    ...{ v: 1, kind: 'semantic', name: 'tiny', version: '1', licence: 'MIT', source: 'test', synthetic: true },
    ...{ files: [], graph: 'model.onnx', dtype: 'float32', parameters: 0, architecture: {} },
    labels: createSemanticLabels(['nothing', 'one', 'two']),
    input: { name: 'image', ...contractDefaults.input, size: { width: 12, height: 8 }, ...input },
    output: { name: 'logits', ...contractDefaults.output, ...output },
  };
  const bundle: Bundle<SemanticManifest> = { dir, manifest, path: () => path, graph: () => path };
  const tensors: FloatTensor[] = [];
  const parser = await loadSemantic(bundle, {
    threads: 1,
    onRun: (_, { image }) => void (image && tensors.push(image)),
  });
  try {
    const parsing = await parser.parse(photo, parseOptionsSchema.parse(options));
    expect(parsing.people).toBe(parsing.masks.length > 0 ? 1 : 0);
    const [tensor = { data: new Float32Array(0), shape: [] }] = tensors;
    const scores = parsing.masks.map(({ score }) => score);
    return { tensor, scores, scale: parsing.scale, colormap: paintColormap(parsing, manifest.labels, 0) };
  } finally {
    await parser.close();
  }
}

const half = [
  `${'r'.repeat(6)}${'g'.repeat(6)}`,
  ...Array.from({ length: 7 }, () => `${'r'.repeat(6)}${'g'.repeat(6)}`),
];

describe('the tensor', () => {
  test('has (level * scale - mean) / std in the order of its channels', async () => {
    const rules = { scale: 0.5, mean: [1, 2, 3], std: [1, 2, 4] } as const;
    const rule = { ...rules, mean: [...rules.mean], std: [...rules.std] } satisfies Partial<SemanticInput>;
    const { tensor } = await parse(photoOf(half), { input: rule });
    expect(tensor.shape).toEqual([1, 3, 8, 12]);
    expect([tensor.data[0], tensor.data[96], tensor.data[192]]).toEqual([99, -1, -0.75]);
    const { tensor: bgr } = await parse(photoOf(half), { input: { ...rule, channels: 'bgr' } });
    expect([bgr.data[0], bgr.data[96], bgr.data[192]]).toEqual([-1, -1, 24.25]);
  });

  test('may have its channels last', async () => {
    const network = { input: { shape: [1, 8, 12, 3] } } satisfies TinyNetwork;
    const { tensor, colormap } = await parse(
      photoOf(half),
      { input: { layout: 'nhwc', scale: 1 }, output: { layout: 'nhwc' } },
      network,
    );
    expect([...tensor.data.subarray(0, 3)]).toEqual([200, 0, 0]);
    expect([...tensor.data.subarray(18, 21)]).toEqual([0, 200, 0]);
    expect([...colormap.subarray(5, 7)]).toEqual([0, 1]);
  });

  test.each([
    // A photo of 8 x 8: as high as the input, and in its middle third of 8 columns.
    ['letterbox', [77, 77, 200, 200]],
    ['top-left', [200, 200, 200, 200]],
  ] as const)('has the fill beside the photo: %s', async (fit, expected) => {
    const photo = photoOf(['rr', 'rr'], 4);
    const { tensor } = await parse(photo, { input: { fit, fill: 77, scale: 1 } });
    expect([...tensor.data.subarray(0, 4)]).toEqual(expected);
    expect(tensor.data[11]).toBe(77);
  });

  test('is 0 beside the photo if the fill is the mean', async () => {
    const { tensor } = await parse(photoOf(['rr', 'rr'], 4), {
      input: { fit: 'letterbox', fill: 'mean', mean: [0.3, 0.3, 0.3] },
    });
    expect(tensor.data[0]).toBe(0);
    expect(tensor.data[2]).toBeCloseTo(200 / 255 - 0.3, 6);
  });

  test('has the size that the options ask for, if the network takes any', async () => {
    const network = { input: { shape: [1, 3, 'h', 'w'] } } satisfies TinyNetwork;
    const options = { short_side: 33, max_side: 60 };
    const photo = photoOf(['rg'], 50);
    const { tensor, scale } = await parse(photo, { input: { size: { multipleOf: 16 } } }, network, options);
    // 50 x 100 px to 30 x 60, and these to the nearest multiples.
    expect(tensor.shape).toEqual([1, 3, 32, 64]);
    expect(scale).toBe(0.64);
    const padded = await parse(photo, { input: { size: { multipleOf: 16 }, fit: 'top-left' } }, network, options);
    expect(padded.tensor.shape).toEqual([1, 3, 32, 64]);
    expect(padded.scale).toBe(0.6);
    expect(padded.colormap).toEqual(
      tensorOf(
        [
          [0, 50],
          [1, 50],
        ],
        50,
      ),
    );
  });
});

/** A label map of rows that are all alike: runs of class and length. */
function tensorOf(runs: readonly (readonly [label: number, length: number])[], rows: number): Uint8Array {
  const row = runs.flatMap(([label, length]) => Array.from({ length }, () => label));
  return Uint8Array.from(Array.from({ length: rows }, () => row).flat());
}

describe('the label map', () => {
  test.each(['stretch', 'letterbox', 'top-left', 'affine'] as const)(
    'lies where the photo does, upright or wide: %s',
    async (fit) => {
      for (const [rows, expected] of [
        [['g', 'b'], Uint8Array.from([...new Uint8Array(64 * 64).fill(1), ...new Uint8Array(64 * 64).fill(2)])],
        [
          ['gb'],
          tensorOf(
            [
              [1, 64],
              [2, 64],
            ],
            64,
          ),
        ],
      ] as const) {
        const { colormap } = await parse(photoOf(rows, 64), { input: { fit } });
        const equal = colormap.filter((label, i) => label === expected[i]).length;
        // The border may be off by half a position of the network, which is at most 8 of 128 px here.
        expect(equal / expected.length).toBeGreaterThan(0.93);
      }
    },
  );

  test.each(['none', 'bilinear', 'bilinear-align-corners', 'nearest'] as const)(
    'comes from logits of a quarter of the size, by %s first',
    async (toInput) => {
      const pool = (g: Parameters<NonNullable<TinyNetwork['body']>>[0], image: { readonly name: string }) =>
        g.node('AveragePool', [image], { kernel_shape: [4, 4], strides: [4, 4] });
      const photo = photoOf(
        Array.from({ length: 4 }, () => `${'g'.repeat(3)}${'b'.repeat(3)}`),
        16,
      );
      const network = { body: pool, output: { shape: [1, 3, 2, 3] } } satisfies TinyNetwork;
      const { colormap } = await parse(photo, { output: { toInput, stride: 4 } }, network);
      expect([colormap[0], colormap[95], colormap[96 * 63], colormap[96 * 64 - 1]]).toEqual([1, 2, 1, 2]);
    },
  );

  test.each([
    ['int64', 7, 0],
    ['int32', 6, 1],
    ['uint8', 2, 0],
  ] as const)('may come from the network itself, as %s', async (type, cast, keepdims) => {
    const body: TinyNetwork['body'] = (g, image) =>
      g.node('Cast', [g.node('ArgMax', [image], { axis: 1, keepdims })], { to: cast });
    const shape = keepdims === 1 ? [1, 1, 8, 12] : [1, 8, 12];
    const seen = await parse(
      photoOf(half),
      { output: { values: 'labels', toPhoto: 'nearest' } },
      { body, output: { type, shape } },
    );
    expect(seen.colormap).toEqual(
      tensorOf(
        [
          [0, 6],
          [1, 6],
        ],
        8,
      ),
    );
    expect(seen.scores).toEqual([1]);
  });

  test('with a class that has no label is refused', async () => {
    const body: TinyNetwork['body'] = (g, image) =>
      g.node(
        'Cast',
        [
          g.node('Add', [
            g.node('Cast', [g.node('ArgMax', [image], { axis: 1, keepdims: 0 })], { to: 1 }),
            g.scalar(90),
          ]),
        ],
        { to: 7 },
      );
    const network = { body, output: { type: 'int64', shape: [1, 8, 12] } } satisfies TinyNetwork;
    const seen = parse(photoOf(half), { output: { values: 'labels', toPhoto: 'nearest' } }, network);
    await expect(seen).rejects.toThrow(/class 9\d, which is none of the 3 labels/);
  });
});

describe('scores', () => {
  test('are mean probabilities, and the threshold drops classes by them', async () => {
    const contract = { input: { scale: 0.01 } };
    const { scores } = await parse(photoOf(half), contract);
    expect(scores).toEqual([expect.closeTo(Math.exp(2) / (Math.exp(2) + 2), 6)]);
    expect((await parse(photoOf(half), contract, {}, { score_threshold: 0.9 })).scores).toEqual([]);
    const given = { ...contract, output: { values: 'probabilities' as const } };
    const [score] = (await parse(photoOf(half), { ...given, input: { scale: 0.004 } })).scores;
    expect(score).toBeCloseTo(0.8, 6);
  });
});
