import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSession } from '@m2fp/core/model';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGraph } from '../onnx/graph-builder.ts';
import { encodeModel } from '../onnx/onnx-schema.ts';
import { groupNorm as plainGroupNorm } from '../../testing/m2fp/plain-network/layers.ts';
import { createRandom, randomTensors } from '../../testing/m2fp/random-tensors.ts';
import { type ChannelRange, groupNorm } from './convolution.ts';
import { weightsFrom } from './weights.ts';

const [channels, height, width] = [64, 136, 240];
const source = randomTensors(new Map(['norm.weight', 'norm.bias'].map((name) => [name, [channels]])), 1);

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-convolution-'));
});
afterAll(() => rm(dir, { recursive: true }));

// onnxruntime's InstanceNormalization is 2e-6 and 1.2e-5 off.
test.each([
  [0, 1e-6],
  [3, 2e-6],
])('GroupNorm of a large map of values around %d is within %d of what float64 gives', async (center, most) => {
  const random = createRandom(1);
  const data = Float32Array.from({ length: channels * height * width }, () => center + random() - 0.5);
  const found = await normalize(data);
  const parameters = new Map<string, Float64Array>();
  for (const name of source.names()) parameters.set(name, Float64Array.from(await source.read(name)));
  const { data: expected } = plainGroupNorm(
    { data: Float64Array.from(data), shape: [channels, height, width] },
    (name) => ({ data: parameters.get(name) ?? new Float64Array(), shape: [channels] }),
    'norm',
  );
  let error = 0;
  for (const [i, value] of expected.entries()) error = Math.max(error, Math.abs((found[i] ?? NaN) - value));
  expect(error).toBeLessThan(most);
});

test('GroupNorm of a range of channels is that part of the whole', async () => {
  const random = createRandom(1);
  const data = Float32Array.from({ length: channels * height * width }, () => random() - 0.5);
  const size = height * width;
  const [first, count] = [16, 32];
  const found = await normalize(data.subarray(first * size, (first + count) * size), { first, count });
  expect(found).toEqual((await normalize(data)).subarray(first * size, (first + count) * size));
});

async function normalize(
  data: Float32Array,
  range: ChannelRange = { first: 0, count: channels },
): Promise<Float32Array> {
  const g = createGraph({ name: 'norm' });
  const x = g.input('x', 'float32', [1, range.count, 'height', 'width']);
  const y = groupNorm(g, weightsFrom(source).within('norm'), channels, x, range);
  g.output(y, 'out', 'float32', [1, range.count, 'height', 'width']);
  await g.writeConstants();
  const path = join(dir, 'norm.onnx');
  await writeFile(path, encodeModel(g.build()));
  const session = await createSession(path, { threads: 1 });
  const { out } = await session.run({ x: { data, shape: [1, range.count, height, width] } });
  await session.close();
  if (out === undefined) throw new Error('there is no output');
  return out.data;
}
