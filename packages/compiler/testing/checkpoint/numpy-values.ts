import { PickleCall, PickleGlobal, type PickleValue } from '../../src/checkpoint/pickle-values.ts';

interface ArrayForm {
  /** `text` is how protocols before 3 write bytes. */
  form?: 'text' | 'bytes';
  shape?: number[];
  dtype?: string;
  order?: string;
  /** In place of the array's own. */
  text?: string;
}

/** Test support: a float32 array as NumPy pickles it, unless told otherwise. */
export function arrayValue(values: Float32Array, options: ArrayForm = {}): PickleCall {
  const { form = 'text', shape = [values.length], dtype = 'f4', order = '<', text } = options;
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const content = form === 'bytes' ? bytes : latin1(text ?? bytes.toString('latin1'));
  const type = new PickleCall(new PickleGlobal('numpy', 'dtype'), [dtype, false, true]);
  type.state = [3, order, null, null, null, -1, -1, 0];
  const ndarray = new PickleGlobal('numpy', 'ndarray');
  const array = new PickleCall(new PickleGlobal('numpy.core.multiarray', '_reconstruct'), [ndarray, [0], latin1('b')]);
  array.state = [1, shape, type, false, content];
  return array;
}

function latin1(text: string): PickleValue {
  return new PickleCall(new PickleGlobal('_codecs', 'encode'), [text, 'latin1']);
}
