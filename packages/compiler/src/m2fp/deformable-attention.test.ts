import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSession, type Session } from '@m2fp/core/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGraph, type GraphBuilder } from '../onnx/graph-builder.ts';
import { encodeModel } from '../onnx/onnx-schema.ts';
import { deformableAttention } from './deformable-attention.ts';
import { relativeDifference } from '../../testing/m2fp/compiled-network.ts';
import { type FixedLevel, gridSampleAttention } from '../../testing/m2fp/grid-sample-attention.ts';
import { createRandom } from '../../testing/m2fp/random-tensors.ts';
import { smallModel } from '../../testing/m2fp/small-model.ts';
import { createTokenGrid } from './token-grid.ts';
import { weightsFrom } from './weights.ts';

const { source, configuration } = smallModel({ encoder: { conv_dim: 32, transformer_nheads: 4 } });
const { pixelDecoder } = configuration.architecture;
const weights = weightsFrom(source).within('sem_seg_head.pixel_decoder.transformer.encoder.layers.0.self_attn');

let dir: string;
let compiled: Session;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-attention-'));
  compiled = await load('compiled', (g) => {
    const maps = ['level5', 'level4', 'level3'].map((name) => {
      const map = g.input(name, 'float32', [1, pixelDecoder.width, `${name}_height`, `${name}_width`]);
      return { name, map };
    });
    const grid = createTokenGrid(
      g,
      maps.map(({ map }) => map),
    );
    const tokens = maps.map(({ map }) => {
      const flat = g.node('Reshape', [map, g.ints([pixelDecoder.width, -1])]);
      return g.node('Transpose', [flat], { perm: [1, 0] });
    });
    const src = grid.join(tokens);
    const query = g.node('Mul', [src, g.scalar(0.75)]);
    const result = deformableAttention(g, weights, pixelDecoder, grid, { src, query });
    for (const [k, { start, end }] of grid.levels.entries()) {
      const own = g.node('Slice', [result, start, end, g.ints([0])]);
      g.output(own, `out${k}`, 'float32', [`tokens${k}`, pixelDecoder.width]);
    }
  });
});
afterAll(async () => {
  await compiled.close();
  await rm(dir, { recursive: true });
});

async function load(name: string, build: (g: GraphBuilder) => void): Promise<Session> {
  const g = createGraph({ name });
  build(g);
  await g.writeConstants();
  const path = join(dir, `${name}.onnx`);
  await writeFile(path, encodeModel(g.build()));
  return createSession(path, { threads: 1 });
}

/** The result for tokens [all, width], level 5 first, by the plain form. */
async function expectedFor(levels: FixedLevel[], tokens: Float32Array): Promise<Float32Array> {
  const shape = [tokens.length / pixelDecoder.width, pixelDecoder.width];
  const oracle = await load(levels.map(({ height, width }) => `${height}x${width}`).join('-'), (g) => {
    const src = g.input('tokens', 'float32', shape);
    const query = g.node('Mul', [src, g.scalar(0.75)]);
    g.output(gridSampleAttention(g, weights, pixelDecoder, levels, { src, query }), 'out', 'float32', shape);
  });
  const { out } = await oracle.run({ tokens: { data: tokens, shape } });
  await oracle.close();
  if (!out) throw new Error('no output');
  return out.data;
}

const ofImage = (height: number, width: number): FixedLevel[] =>
  [32, 16, 8].map((stride) => ({ height: height / stride, width: width / stride }));

const cases: { of: string; levels: FixedLevel[]; surplus: number }[] = [
  { of: 'a 32 x 96 image', levels: ofImage(32, 96), surplus: 9 },
  { of: 'a 96 x 32 image', levels: ofImage(96, 32), surplus: 1 },
  { of: 'a 64 x 64 image', levels: ofImage(64, 64), surplus: 4 },
  { of: 'a 544 x 960 image', levels: ofImage(544, 960), surplus: 90 },
  { of: 'a 32 x 32 image', levels: ofImage(32, 32), surplus: 3 },
  {
    of: 'dilated stages',
    levels: [...ofImage(64, 96).slice(2), ...ofImage(64, 96).slice(2)].concat(ofImage(64, 96).slice(2)),
    surplus: 0,
  },
  {
    of: 'maps of odd sizes',
    levels: [
      { height: 2, width: 3 },
      { height: 5, width: 4 },
      { height: 7, width: 11 },
    ],
    surplus: 7,
  },
];

describe('deformable attention as DeformConv', () => {
  it.each(cases)('equals GridSample on $of, with $surplus surplus cells in the grid', async ({ levels, surplus }) => {
    const random = createRandom(levels.length);
    const perLevel = levels.map(({ height, width }) =>
      Float32Array.from({ length: height * width * pixelDecoder.width }, () => 4 * random() - 2),
    );
    const count = levels.reduce((sum, { height, width }) => sum + height * width, 0);
    const columns = levels[2]?.width ?? NaN;
    expect(Math.ceil(count / columns) * columns - count).toBe(surplus);
    const expected = await expectedFor(levels, Float32Array.from(perLevel.flatMap((tokens) => [...tokens])));
    const results = await compiled.run(
      Object.fromEntries(
        levels.map(({ height, width }, k) => {
          const data = toMap(perLevel[k] ?? new Float32Array(), pixelDecoder.width);
          return [`level${5 - k}`, { data, shape: [1, pixelDecoder.width, height, width] }];
        }),
      ),
    );
    const found = [0, 1, 2].flatMap((k) => [...(results[`out${k}`]?.data ?? [])]);
    expect(relativeDifference(Float32Array.from(found), expected)).toBeLessThan(1e-5);
  });
});

/** [tokens, width] to [width, tokens]. */
function toMap(tokens: Float32Array, width: number): Float32Array {
  const count = tokens.length / width;
  return Float32Array.from(tokens, (_, i) => tokens[(i % count) * width + Math.floor(i / count)] ?? NaN);
}
