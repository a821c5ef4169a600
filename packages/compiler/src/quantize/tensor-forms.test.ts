import { expect, it } from 'vitest';
import { createGraph } from '../onnx/graph-builder.ts';
import { TensorForms } from './tensor-forms.ts';
import { runModel } from '../../testing/quantize/small-graph.ts';

const quantization = { scale: 0.5, zeroPoint: 10 };

function setUp() {
  const g = createGraph({ name: 'forms' });
  const x = g.input('x', 'float32', [5]);
  const forms = new TensorForms(
    g,
    () => quantization,
    (name) => (name === 'constant' ? g.scalar(3) : undefined),
  );
  const ops = () => g.build().graph.node.map(({ op_type: type }) => type);
  return { g, x, forms, ops };
}

it('a tensor is converted once, however often its other form is requested', () => {
  const { x, forms, ops } = setUp();
  forms.setFloat('t', x);
  expect(forms.int8('t')).toBe(forms.int8('t'));
  expect(forms.float('t')).toBe(x);
  expect(ops()).toEqual(['QuantizeLinear']);
});

it('what was made in u8 is made float32 when that is read', () => {
  const { x, forms, ops } = setUp();
  forms.setFloat('t', x);
  forms.setInt8('made', forms.int8('t'));
  expect(forms.float('made')).toBe(forms.float('made'));
  expect(ops()).toEqual(['QuantizeLinear', 'DequantizeLinear']);
});

it('nothing is converted to read its size', () => {
  const { x, forms, ops } = setUp();
  forms.setFloat('t', x);
  expect(forms.sized('t')).toBe(x);
  const made = forms.int8('t');
  forms.setInt8('made', made);
  expect(forms.sized('made')).toBe(made.value);
  expect(ops()).toEqual(['QuantizeLinear']);
});

it('both ways give the stored values, to half a step, cut off at the ends', async () => {
  const { g, x, forms } = setUp();
  forms.setFloat('t', x);
  forms.setInt8('made', forms.int8('t'));
  g.output(forms.float('made'), 'y', 'float32', [5]);
  const { y } = await runModel(g.build(), { x: { data: Float32Array.of(-99, -5, 0, 1.2, 999), shape: [5] } });
  expect([...(y ?? [])]).toEqual([-5, -5, 0, 1, 122.5]);
});

it('constants are found, and what was never made is a mistake', () => {
  const { forms } = setUp();
  expect(forms.float('constant').name).toBe('scalar_3');
  expect(() => forms.float('later')).toThrow('later is read before it is made');
});
