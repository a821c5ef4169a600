import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { measureSensitivity } from './measure-sensitivity.ts';
import { type PlanChoices, planGraph } from './plan-graph.ts';
import { createProgress, type Stage } from './progress.ts';
import { addConvolution, randomFloats, smallGraph } from '../../testing/quantize/small-graph.ts';

/** Rows for `few` and for `many` rows. */
const [fewRows, manyRows] = [64, 256];

/** A product of [rows, 4] with a matrix [4, 3]. */
function product(g: GraphBuilder, map: Value, rows: number, name: string): Value {
  const tokens = g.node('Reshape', [map, g.ints([-1, 4])]);
  const some = g.node('Slice', [tokens, g.ints([0]), g.ints([rows]), g.ints([0])]);
  return g.node('Gemm', [some, g.constant(`${name}/w`, randomFloats(name, 12), [4, 3])], {}, { name });
}

/**
 * Convolutions in a row: `first` reads the image, `even` is harmless; `lost` is of a channel that is 10,000 times
 * larger than the others: its weights for these are rounded to nothing.
 */
const graph = smallGraph((g) => {
  const first = addConvolution(g, g.input('x', 'float32', [1, 4, 16, 16]), [4, 4], { name: 'first' });
  const even = addConvolution(g, g.node('Tanh', [first]), [4, 4], { name: 'even' });
  const spread = Float32Array.of(1e4, 1, 1, 1);
  const scaled = g.node('Mul', [even, g.constant('spread', spread, [1, 4, 1, 1])]);
  const weight = Float32Array.from({ length: 16 }, (_, i) => (i % 4 === 0 ? 0 : 1));
  const lost = g.node('Conv', [scaled, g.constant('lost/w', weight, [4, 4, 1, 1])], {}, { name: 'lost' });
  g.output(lost, 'map', 'float32', [1, 4, 16, 16]);
  g.output(product(g, even, fewRows, 'few'), 'a', 'float32', [fewRows, 3]);
  g.output(product(g, even, manyRows, 'many'), 'b', 'float32', [manyRows, 3]);
});

const inputs = {
  count: 2,
  read: async (index: number) => ({
    x: { data: randomFloats(`input ${index}`, 4 * 16 * 16), shape: [1, 4, 16, 16] },
  }),
};

let workDir = '';
let choices: PlanChoices;
const stages: Stage[] = [];
const progress = createProgress((stage) => stages.push(stage), new AbortController().signal);
/** `workDir` is for one run: what the run writes must not exist yet. */
const instruments = (folder: string) => ({ graph, bundleDir: folder, workDir: folder, settings: { threads: 1 } });
beforeAll(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'm2fp-plan-'));
  choices = await planGraph(instruments(workDir), 8, inputs, progress);
});
afterAll(() => rm(workDir, { recursive: true }));

describe('what of a graph may be int8', () => {
  it('has a small error of its own, and enough rows', () => {
    const { rows } = choices.plan(new Set(), new Map());
    expect(rows.map(({ name, result, how }) => `${name}: ${result}, ${how}`)).toEqual([
      'first: float32, reads the image',
      'even: int8, fixed range',
      'lost: float32, adds too large an error',
      'few: float32, has few rows',
      'many: int8, range at run time',
    ]);
    const error = (name: string) => rows.find((row) => row.name === name)?.error ?? NaN;
    expect(error('even')).toBeLessThan(0.02);
    expect(error('lost')).toBeGreaterThan(0.1);
  });

  it('is listed with its products of weights and activations', () => {
    expect(choices.layers.map(({ layer, products }) => [layer.name, products])).toEqual([
      ['even', 16 * 16 * 4 * 4 * 9],
      ['many', manyRows * 4 * 3],
    ]);
  });

  it('excludes layers that are to be kept, and the report says why', () => {
    const [even] = choices.layers;
    if (!even) throw new Error('There is no layer.');
    const { plan, rows } = choices.plan(new Set([even.layer]), new Map([[even.layer, 0.25]]));
    expect([...plan.layers.values()].map(({ name }) => name)).toEqual(['many']);
    expect(rows.find(({ name }) => name === 'even')).toMatchObject({
      result: 'float32',
      how: "moves the network's result too far",
      outputError: 0.25,
    });
  });

  it('is measured over all inputs', () => {
    expect(new Set(stages)).toEqual(new Set(['ranges', 'distributions', 'errors']));
    // Tanh gives no more than its range over both inputs.
    const { scale, zeroPoint } = choices.ranges.get('Tanh')?.quantization ?? { scale: NaN, zeroPoint: NaN };
    expect(-scale * zeroPoint).toBeCloseTo(-1, 1);
    expect(scale * (255 - zeroPoint)).toBeCloseTo(1, 1);
  });
});

it('more layers move the outputs further, and none do not move them', async () => {
  const [even, many] = choices.layers.map(({ layer }) => layer);
  if (!even || !many) throw new Error('There are no layers.');
  const { ranges } = choices;
  const [none, last, both] = await measureSensitivity(
    instruments(workDir),
    [[], [many], [even, many]],
    { bits: 8, ranges },
    inputs,
    progress,
  );
  expect(none).toBe(0);
  expect(last).toBeGreaterThan(0);
  expect(last).toBeLessThan(0.001);
  expect(both).toBeGreaterThan(last ?? NaN);
});

it('is canceled by its signal', async () => {
  const reason = new Error('enough');
  const stopped = createProgress(() => undefined, AbortSignal.abort(reason));
  const folder = await mkdtemp(join(workDir, 'stopped-'));
  await expect(planGraph(instruments(folder), 8, inputs, stopped)).rejects.toBe(reason);
});

it('the error of what reads a part is that of the range in which it is stored: the whole’s', async () => {
  const cutting = smallGraph((g) => {
    const x = g.node('Tanh', [g.input('x', 'float32', [1, 4, 16, 16])]);
    // The second half is 100 times smaller.
    const weight = randomFloats('cut', 8 * 4).map((value, i) => (i < 4 * 4 ? value : value / 100));
    const whole = g.node('Conv', [x, g.constant('cut/w', weight, [8, 4, 1, 1])], {}, { name: 'whole' });
    const halves = g.nodes('Split', [whole], 2, { axis: 1, num_outputs: 2 });
    for (const [i, half] of halves.entries()) {
      const read = g.constant(`${i}/w`, randomFloats(`${i}`, 4 * 4), [4, 4, 1, 1]);
      g.output(g.node('Conv', [half, read], {}, { name: `reader ${i}` }), `y${i}`, 'float32', [1, 4, 16, 16]);
    }
  });
  const folder = await mkdtemp(join(workDir, 'cutting-'));
  const found = await planGraph({ ...instruments(folder), graph: cutting }, 8, inputs, progress);
  const { rows } = found.plan(new Set(), new Map());
  expect(rows.map(({ name, how }) => `${name}: ${how}`)).toEqual([
    'whole: fixed range',
    'reader 0: fixed range',
    'reader 1: adds too large an error',
  ]);
});
