import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession } from './session.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-session-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function graphFile(name: string, opType: string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, elementwiseGraph(opType));
  return path;
}

describe('createSession', () => {
  it('runs a graph on tensors of any length', async () => {
    const session = await createSession(await graphFile('add.onnx', 'Add'), { threads: 1 });
    expect(session.inputNames).toEqual(['a', 'b']);
    for (const data of [[1, 2, 3], [4]]) {
      const tensor = { data: Float32Array.from(data), shape: [data.length] };
      const { sum } = await session.run({ a: tensor, b: tensor });
      expect(sum).toEqual({ data: Float32Array.from(data, (x) => 2 * x), shape: [data.length] });
    }
    await session.close();
  });

  it('refuses an output that is not float32', async () => {
    const session = await createSession(await graphFile('less.onnx', 'Less'), { threads: 1 });
    const tensor = { data: Float32Array.of(1), shape: [1] };
    await expect(session.run({ a: tensor, b: tensor })).rejects.toThrow('Output sum is bool, not float32.');
    await session.close();
  });

  it('says model_unavailable for a graph that cannot be loaded', async () => {
    const unknown = await graphFile('unknown.onnx', 'NoSuchOperator');
    await expect(createSession(unknown, { threads: 1 })).rejects.toMatchObject({ code: 'model_unavailable' });
    const missing = createSession(join(dir, 'missing.onnx'), { threads: 1 });
    await expect(missing).rejects.toMatchObject({ code: 'model_unavailable' });
  });
});

/** An ONNX model of one node, sum[n] = op(a[n], b[n]); the numbers are the field numbers of onnx.proto. */
function elementwiseGraph(opType: string): Uint8Array {
  const vector = (name: string, elementType: number): Uint8Array[] => {
    const shape = message(1, message(2, text('n')));
    return [message(1, text(name)), message(2, message(1, number(1, elementType), message(2, shape)))];
  };
  const isComparison = opType === 'Less';
  const node = [message(1, text('a')), message(1, text('b')), message(2, text('sum')), message(4, text(opType))];
  const graph = [
    message(1, ...node),
    message(2, text('test')),
    message(11, ...vector('a', 1)),
    message(11, ...vector('b', 1)),
    message(12, ...vector('sum', isComparison ? 9 : 1)),
  ];
  return Buffer.concat([number(1, 8), message(7, ...graph), message(8, number(2, 14))]);
}

/** A length-delimited protobuf field; everything here is shorter than 128 bytes but the graph. */
function message(field: number, ...parts: Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
  return Buffer.concat([Uint8Array.of((field << 3) | 2, ...length), body]);
}

function number(field: number, value: number): Uint8Array {
  return Uint8Array.of(field << 3, value);
}

function text(value: string): Uint8Array {
  return Buffer.from(value, 'utf8');
}
