import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { arrayValue } from '../../testing/checkpoint/numpy-values.ts';
import { pickle } from '../../testing/checkpoint/pickle-writer.ts';
import { dict, numpyScalar, orderedDict, systemCall, tensorValue } from '../../testing/checkpoint/torch-values.ts';
import { legacyMagic } from './file-kind.ts';
import type { PickleValue } from './pickle-values.ts';
import { openWeights, type WeightsFile } from './weights-file.ts';

let dir: string;
let opened: WeightsFile[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pickle-file-'));
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((file) => file.close()));
  await rm(dir, { recursive: true });
});

async function open(bytes: Uint8Array, name = 'model_final.pkl'): Promise<WeightsFile> {
  await writeFile(join(dir, name), bytes);
  const file = await openWeights(join(dir, name));
  opened.push(file);
  return file;
}

async function valuesOf({ source }: WeightsFile): Promise<Record<string, number[]>> {
  const values: Record<string, number[]> = {};
  for (const name of source.names()) values[name] = [...(await source.read(name))];
  return values;
}

async function refusal(bytes: Uint8Array): Promise<string> {
  try {
    await valuesOf(await open(bytes));
  } catch (error) {
    expect(error).toMatchObject({ name: 'AppError', code: 'model_unavailable' });
    return (error as Error).message;
  }
  throw new Error('it was not refused');
}

/**
 * `{'model': {'x': float32 (2, 3), 'f': float64 (2, 2) in Fortran's order, 'h': float16 (2,), 's': a scalar}, …}` as
 * these versions write it.
 */
// cspell:disable
const written: [string, string][] = [
  [
    'NumPy 2, protocol 2',
    'gAJ9cQAoWAUAAABtb2RlbHEBfXECKFgBAAAAeHEDY251bXB5Ll9jb3JlLm11bHRpYXJyYXkKX3JlY29uc3RydWN0CnEEY251bXB5' +
      'Cm5kYXJyYXkKcQVLAIVxBmNfY29kZWNzCmVuY29kZQpxB1gBAAAAYnEIWAYAAABsYXRpbjFxCYZxClJxC4dxDFJxDShLAUsCSwOG' +
      'cQ5jbnVtcHkKZHR5cGUKcQ9YAgAAAGY0cRCJiIdxEVJxEihLA1gBAAAAPHETTk5OSv////9K/////0sAdHEUYoloB1gaAAAAAAAA' +
      'AAAAAD8AAMKAPwAAw4A/AAAAQAAAIEBxFWgJhnEWUnEXdHEYYlgBAAAAZnEZaARoBUsAhXEaaAuHcRtScRwoSwFLAksChnEdaA9Y' +
      'AgAAAGY4cR6JiIdxH1JxIChLA2gTTk5OSv////9K/////0sAdHEhYohoB1ghAAAAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAMOwPwAA' +
      'AAAAAAhAcSJoCYZxI1JxJHRxJWJYAQAAAGhxJmgEaAVLAIVxJ2gLh3EoUnEpKEsBSwKFcSpoD1gCAAAAZjJxK4mIh3EsUnEtKEsD' +
      'aBNOTk5K/////0r/////SwB0cS5iiWgHWAUAAAAAOADDgHEvaAmGcTBScTF0cTJiWAEAAABzcTNjbnVtcHkuX2NvcmUubXVsdGlh' +
      'cnJheQpzY2FsYXIKcTRoEmgHWAUAAAAAAMOAP3E1aAmGcTZScTeGcThScTl1WAoAAABfX2F1dGhvcl9fcTpYAQAAAGFxO1gTAAAA' +
      'bWF0Y2hpbmdfaGV1cmlzdGljc3E8iHUu',
  ],
  [
    'NumPy 2, protocol 5',
    'gAWVpQEAAAAAAAB9lCiMBW1vZGVslH2UKIwBeJSME251bXB5Ll9jb3JlLm51bWVyaWOUjAtfZnJvbWJ1ZmZlcpSTlCiWGAAAAAAA' +
      'AAAAAAAAAAAAPwAAgD8AAMA/AAAAQAAAIECUjAVudW1weZSMBWR0eXBllJOUjAJmNJSJiIeUUpQoSwOMATyUTk5OSv////9K////' +
      '/0sAdJRiSwJLA4aUjAFDlHSUUpSMAWaUaAYoliAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAPA/AAAAAAAACECUaAqMAmY4' +
      'lImIh5RSlChLA2gOTk5OSv////9K/////0sAdJRiSwJLAoaUjAFGlHSUUpSMAWiUaAYolgQAAAAAAAAAADgAwJRoCowCZjKUiYiH' +
      'lFKUKEsDaA5OTk5K/////0r/////SwB0lGJLAoWUaBF0lFKUjAFzlIwWbnVtcHkuX2NvcmUubXVsdGlhcnJheZSMBnNjYWxhcpST' +
      'lGgNQwQAAMA/lIaUUpR1jApfX2F1dGhvcl9flIwBYZSME21hdGNoaW5nX2hldXJpc3RpY3OUiHUu',
  ],
  [
    'NumPy 1, protocol 2',
    'gAJ9cQAoWAUAAABtb2RlbHEBfXECKFgBAAAAeHEDY251bXB5LmNvcmUubXVsdGlhcnJheQpfcmVjb25zdHJ1Y3QKcQRjbnVtcHkK' +
      'bmRhcnJheQpxBUsAhXEGY19jb2RlY3MKZW5jb2RlCnEHWAEAAABicQhYBgAAAGxhdGluMXEJhnEKUnELh3EMUnENKEsBSwJLA4Zx' +
      'DmNudW1weQpkdHlwZQpxD1gCAAAAZjRxEImIh3ERUnESKEsDWAEAAAA8cRNOTk5K/////0r/////SwB0cRRiiWgHWBoAAAAAAAAA' +
      'AAAAPwAAwoA/AADDgD8AAABAAAAgQHEVaAmGcRZScRd0cRhiWAEAAABmcRloBGgFSwCFcRpoC4dxG1JxHChLAUsCSwKGcR1oD1gC' +
      'AAAAZjhxHomIh3EfUnEgKEsDaBNOTk5K/////0r/////SwB0cSFiiGgHWCEAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAw7A/AAAA' +
      'AAAACEBxImgJhnEjUnEkdHElYlgBAAAAaHEmaARoBUsAhXEnaAuHcShScSkoSwFLAoVxKmgPWAIAAABmMnEriYiHcSxScS0oSwNo' +
      'E05OTkr/////Sv////9LAHRxLmKJaAdYBQAAAAA4AMOAcS9oCYZxMFJxMXRxMmJYAQAAAHNxM2NudW1weS5jb3JlLm11bHRpYXJy' +
      'YXkKc2NhbGFyCnE0aBJoB1gFAAAAAADDgD9xNWgJhnE2UnE3hnE4UnE5dVgKAAAAX19hdXRob3JfX3E6WAEAAABhcTtYEwAAAG1h' +
      'dGNoaW5nX2hldXJpc3RpY3NxPIh1Lg==',
  ],
  [
    'NumPy 1, protocol 5',
    'gAWVowEAAAAAAAB9lCiMBW1vZGVslH2UKIwBeJSMEm51bXB5LmNvcmUubnVtZXJpY5SMC19mcm9tYnVmZmVylJOUKJYYAAAAAAAA' +
      'AAAAAAAAAAA/AACAPwAAwD8AAABAAAAgQJSMBW51bXB5lIwFZHR5cGWUk5SMAmY0lImIh5RSlChLA4wBPJROTk5K/////0r/////' +
      'SwB0lGJLAksDhpSMAUOUdJRSlIwBZpRoBiiWIAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAA8D8AAAAAAAAIQJRoCowCZjiU' +
      'iYiHlFKUKEsDaA5OTk5K/////0r/////SwB0lGJLAksChpSMAUaUdJRSlIwBaJRoBiiWBAAAAAAAAAAAOADAlGgKjAJmMpSJiIeU' +
      'UpQoSwNoDk5OTkr/////Sv////9LAHSUYksChZRoEXSUUpSMAXOUjBVudW1weS5jb3JlLm11bHRpYXJyYXmUjAZzY2FsYXKUk5Ro' +
      'DUMEAADAP5SGlFKUdYwKX19hdXRob3JfX5SMAWGUjBNtYXRjaGluZ19oZXVyaXN0aWNzlIh1Lg==',
  ],
];
// cspell:enable

describe('arrays that NumPy pickled', () => {
  it.each(written)('%s', async (_name, base64) => {
    const file = await open(Buffer.from(base64, 'base64'));
    expect(file.source.names().map((name) => file.source.shape(name))).toEqual([[2, 3], [2, 2], [2], []]);
    expect(file.dtypes).toEqual({ float32: 2, float64: 1, float16: 1 });
    expect(await valuesOf(file)).toEqual({ x: [0, 0.5, 1, 1.5, 2, 2.5], f: [0, 1, 2, 3], h: [0.5, -2], s: [1.5] });
  });

  const long = Float32Array.from({ length: 5000 }, (_, i) => (i % 2 ? -1 : 1) / (i + 1));

  it.each(['text', 'bytes'] as const)('of a length that stays in the file, as %s', async (form) => {
    const model = dict({ long: arrayValue(long, { form }), short: arrayValue(long.subarray(0, 3), { form }) });
    const file = await open(pickle(dict({ model })));
    expect(await valuesOf(file)).toEqual({ long: [...long], short: [...long.subarray(0, 3)] });
  });

  it('without anything around them', async () => {
    const file = await open(pickle(orderedDict([['x', arrayValue(new Float32Array([1, 2]))]])));
    expect(await valuesOf(file)).toEqual({ x: [1, 2] });
  });

  it('in a file of any ending', async () => {
    const file = await open(Buffer.from(written[0]?.[1] ?? '', 'base64'), 'model_final.pth');
    expect(file.source.names()).toHaveLength(4);
  });

  it.each([
    ['of objects', { dtype: 'O8' }, 'is an array of the type O8'],
    ['that is big-endian', { order: '>' }, 'is big-endian'],
    ['of more than there is', { shape: [5] }, 'should hold 5 items of 4 bytes, but 16 bytes are there'],
    ['of less than there is', { shape: [3] }, 'should hold 3 items of 4 bytes, but 16 bytes are there'],
    ['of a negative size', { shape: [-4] }, 'without a shape'],
    ['of an enormous size', { shape: [2 ** 31, 2 ** 20] }, 'bytes are there'],
  ])('are refused if one is %s', async (_name, options, message) => {
    const model = dict({ x: arrayValue(new Float32Array(4), options) });
    const refused = await refusal(pickle(dict({ model })));
    expect(refused).toContain(message);
    expect(refused).toContain('tensor x');
  });

  it('are refused for long text that stands for other bytes', async () => {
    const text = '\u00ff'.repeat(9_998) + '\u2026';
    const model = dict({ x: arrayValue(new Float32Array(3000), { text }) });
    expect(await refusal(pickle(dict({ model })))).toMatch('does not stand for 12000 bytes');
  });

  it('are refused where they ask for something else, which is not run', async () => {
    const model = dict({ x: arrayValue(new Float32Array(4)), y: systemCall('touch never') });
    expect(await refusal(pickle(dict({ model })))).toMatch(
      'asks for os.system, which no tensor needs. Nothing was run',
    );
  });

  it.each([0.1, 0.5, 0.99])('are refused if the file is cut off at %f of its length', async (share) => {
    const bytes = pickle(dict({ model: dict({ long: arrayValue(long) }) }));
    expect(await refusal(bytes.subarray(0, Math.floor(bytes.length * share)))).toMatch('it ends too early');
  });

  it('are refused with more text than any pickle has', async () => {
    const names = Array.from({ length: 4200 }, (_, i): [string, PickleValue] => [String(i).padStart(4095, 'x'), null]);
    expect(await refusal(pickle(dict({ model: orderedDict(names) })))).toMatch(
      'more than 16777216 bytes besides its arrays',
    );
  });

  it('are refused if a part of the file is gone when they are read', async () => {
    const file = await open(pickle(dict({ model: dict({ long: arrayValue(long) }) })));
    await truncate(join(dir, 'model_final.pkl'), 1000);
    await expect(file.source.read('long')).rejects.toThrow('cut off');
  });
});

describe('what training programs put around the model', () => {
  const x = arrayValue(new Float32Array([1]));
  const average = arrayValue(new Float32Array([2]));
  it.each([
    ['a state_dict', { state_dict: dict({ x }) }, 1, []],
    ['a model and an average of it', { model: dict({ x }), model_ema: dict({ x: average }) }, 1, ['entry model;']],
    ['only an average', { model_ema: dict({ x: average }) }, 2, ['entry model_ema: there is no model']],
    ['scalars beside the model', { model: dict({ x }), best: numpyScalar('12345678') }, 1, []],
  ])('%s', async (_name, root, value, notes) => {
    const file = await open(pickle(dict(root)));
    expect(await valuesOf(file)).toEqual({ x: [value] });
    expect(file.notes).toHaveLength(notes.length);
    for (const [i, note] of notes.entries()) expect(file.notes[i]).toContain(note);
  });

  it('Caffe2’s blobs are named', async () => {
    expect(await refusal(pickle(dict({ blobs: dict({ x }) })))).toMatch('is from Caffe2');
  });
});

describe('torch.save before PyTorch 1.6', () => {
  const storages = [
    ['11', new Float32Array([1, 2, 3, 4])],
    ['22', new BigInt64Array([7n])],
    ['33', new Float32Array([0.5, 0.25])],
  ] as const;

  function legacy(change: { keys?: string[]; littleEndian?: boolean; protocol?: number } = {}): Buffer {
    const { keys = storages.map(([key]) => key), littleEndian = true, protocol = 1001 } = change;
    const model = orderedDict([
      ['x', tensorValue({ key: '11', shape: [2, 2], strides: [1, 2], itemCount: 4 })],
      ['y', tensorValue({ key: '33', shape: [2], itemCount: 2 })],
    ]);
    const optimizer = dict({ step: tensorValue({ key: '22', shape: [1], itemCount: 1, storageType: 'LongStorage' }) });
    const data = storages.flatMap(([, values]) => {
      const count = Buffer.alloc(8);
      count.writeBigUInt64LE(BigInt(values.length));
      return [count, Buffer.from(values.buffer)];
    });
    return Buffer.concat([
      Buffer.from(`${legacyMagic}.`, 'latin1'),
      pickle(protocol),
      pickle(dict({ protocol_version: 1001, little_endian: littleEndian })),
      pickle(dict({ model, optimizer })),
      pickle(keys),
      ...data,
    ]);
  }

  it('is read, past the storages that are not the model’s', async () => {
    const file = await open(legacy(), 'model_final.pth');
    expect(await valuesOf(file)).toEqual({ x: [1, 3, 2, 4], y: [0.5, 0.25] });
  });

  it.each([
    ['a storage that is not listed', { keys: ['11', '22'] }, 'lacks the values of tensor y'],
    ['a storage that nothing describes', { keys: ['11', '99', '33'] }, 'a storage 99 of an unknown kind'],
    ['the other byte order', { littleEndian: false }, 'big-endian'],
    ['another version', { protocol: 1000 }, 'unknown version'],
  ])('is refused for %s', async (_name, change, message) => {
    expect(await refusal(legacy(change))).toMatch(message);
  });

  it('is refused if it is cut off', async () => {
    expect(await refusal(legacy().subarray(0, -4))).toMatch('the file is cut off');
  });
});
