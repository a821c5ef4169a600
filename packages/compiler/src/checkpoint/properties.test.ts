/** What holds for every pickle and every archive, however it is damaged. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrayValue } from '../../testing/checkpoint/numpy-values.ts';
import { pickle } from '../../testing/checkpoint/pickle-writer.ts';
import { dict, numpyScalar, orderedDict, tensorValue } from '../../testing/checkpoint/torch-values.ts';
import { storageOf, writeTorchZip } from '../../testing/checkpoint/torch-zip-writer.ts';
import { openCheckpoint } from '../../testing/checkpoint/open-checkpoint.ts';
import { PickleCall, PickleDict, PickleGlobal, PicklePersistentId, type PickleValue } from './pickle-values.ts';
import { readStateDict } from './state-dict.ts';
import { unpickle } from './unpickle.ts';

const seed = 20_261_126;

const globals = fc
  .tuple(fc.stringMatching(/^[a-z_.]{1,12}$/), fc.stringMatching(/^\w{1,12}$/))
  .map(([module, name]) => new PickleGlobal(module, name));

const { value: values } = fc.letrec<{ value: PickleValue; entry: [PickleValue, PickleValue] }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom<PickleValue>(null, true, false),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 255n - 1n }),
    fc.bigInt({ min: -(2n ** 255n), max: -(2n ** 53n) }),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    globals,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(tie('entry'), { maxLength: 4 }).map((entries) => withEntries(new PickleDict(), entries)),
    fc
      .tuple(globals, tie('value'), fc.array(tie('entry'), { maxLength: 3 }), tie('value'))
      .map(([callable, args, entries, state]) =>
        Object.assign(withEntries(new PickleCall(callable, args), entries), { state }),
      ),
    tie('value').map((id) => new PicklePersistentId(id)),
  ),
  entry: fc.tuple(tie('value'), tie('value')),
}));

function withEntries<Target extends PickleDict | PickleCall>(
  target: Target,
  entries: readonly (readonly [PickleValue, PickleValue])[],
): Target {
  target.entries.push(...entries);
  return target;
}

/** What the reader makes of some bytes: a value, or the documented error. Any other error is thrown on. */
function unpickled(bytes: Uint8Array): { value: PickleValue } | { refusal: string } {
  try {
    return { value: unpickle(bytes, 10_000) };
  } catch (error) {
    expect((error as Error).message).toMatch(/^cannot be read at byte \d+: [^]+/);
    return { refusal: (error as Error).message };
  }
}

/** Some bytes with one of them changed. */
const changed = (bytes: Uint8Array) =>
  fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, difference]) => {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ difference;
    return copy;
  });

describe('pickles', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(values, (value) => void expect(unpickle(pickle(value))).toStrictEqual(value)),
      { seed, numRuns: 500 },
    );
  });

  it('are refused wherever they are cut off', () => {
    const cut = values.chain((value) => {
      const bytes = pickle(value);
      return fc.nat(bytes.length - 1).map((length) => bytes.subarray(0, length));
    });
    fc.assert(
      fc.property(cut, (bytes) => void expect(unpickled(bytes)).toHaveProperty('refusal')),
      { seed, numRuns: 500 },
    );
  });

  it('with a changed byte are refused, or read as some other value', () => {
    const mutated = values.chain((value) => changed(pickle(value)));
    fc.assert(
      fc.property(mutated, (bytes) => void unpickled(bytes)),
      { seed, numRuns: 1000 },
    );
  });

  it('made of any bytes at all are refused, or read as some value', () => {
    const anything = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(anything, (bytes) => void unpickled(bytes)),
      { seed, numRuns: 1000 },
    );
  });
});

describe('state dicts', () => {
  const model = orderedDict([
    ['x', tensorValue({ key: '0', shape: [2, 3], itemCount: 6 })],
    ['y', tensorValue({ key: '0', shape: [2], strides: [2], offset: 3, itemCount: 6, storageType: 'HalfStorage' })],
    ['z', arrayValue(new Float32Array(4))],
    ['epoch', 3],
  ]);
  const bytes = pickle(dict({ model, optimizer: dict({ lr: numpyScalar('abc') }) }));

  it('with a changed byte are refused, or describe tensors that lie within their storage', () => {
    fc.assert(
      fc.property(changed(bytes), (mutated) => {
        const read = unpickled(mutated);
        if (!('value' in read)) return;
        try {
          for (const { shape, strides, offset, items } of readStateDict('file', read.value).tensors.values()) {
            const last = shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] ?? NaN), offset);
            expect(shape.includes(0) || (offset >= 0 && last < items.itemCount)).toBe(true);
          }
        } catch (error) {
          expect(error).toMatchObject({ name: 'AppError', code: 'model_unavailable' });
        }
      }),
      { seed, numRuns: 2000 },
    );
  });

  it('are checked only once, however often an object is shared', () => {
    // 300,000 times None in a list that each of 100,000 entries recalls.
    const shared = `\x80\x02}(X\x05\x00\x00\x00model}(X\x01\x00\x00\x00a](${'N'.repeat(300_000)}eq\x00`;
    const entries = Array.from({ length: 100_000 }, (_, i) => `J${littleEndian(i)}h\x00`);
    const root = unpickle(Buffer.from(`${shared}${entries.join('')}uu.`, 'latin1'));
    expect(readStateDict('file', root).otherEntries).toHaveLength(100_001);
  });
});

function littleEndian(value: number): string {
  return String.fromCharCode(value & 255, (value >> 8) & 255, (value >> 16) & 255, value >> 24);
}

describe('archives', () => {
  let dir: string;
  let file: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'checkpoint-properties-'));
    file = join(dir, 'pytorch_model.pt');
    await writeFile(join(dir, 'configuration.json'), '{}');
  });
  afterAll(() => rm(dir, { recursive: true }));

  const storages = [storageOf('0', new Float32Array([1, 2, 3, 4, 5, 6])), storageOf('1', new Int16Array([7, 8]))];
  const root = dict({
    model: dict({
      x: tensorValue({ key: '0', shape: [2, 3], itemCount: 6 }),
      y: tensorValue({ key: '1', shape: [2], itemCount: 2, storageType: 'ShortStorage' }),
    }),
  });
  const expected = { x: [1, 2, 3, 4, 5, 6], y: [7, 8] };

  async function write(compress: boolean): Promise<Buffer> {
    await writeTorchZip(file, { root, storages, compress, byteOrder: 'little' });
    return readFile(file);
  }

  /** Every tensor of the archive, or undefined if it is properly refused. */
  async function read(bytes: Uint8Array): Promise<Record<string, number[]> | undefined> {
    await writeFile(file, bytes);
    try {
      const checkpoint = await openCheckpoint(dir);
      try {
        const tensors: Record<string, number[]> = {};
        for (const name of checkpoint.source.names()) tensors[name] = [...(await checkpoint.source.read(name))];
        return tensors;
      } finally {
        await checkpoint.close();
      }
    } catch (error) {
      expect(error).toMatchObject({ name: 'AppError', code: 'model_unavailable', retryable: false });
      return undefined;
    }
  }

  it.each([
    ['stored', false],
    ['deflated', true],
  ])('(%s) with a changed byte are refused, or read as if it were not changed', async (_name, compress) => {
    const bytes = await write(compress);
    expect(await read(bytes)).toEqual(expected);
    await fc.assert(
      fc.asyncProperty(changed(bytes), async (mutated) => {
        expect([undefined, expected]).toContainEqual(await read(mutated));
      }),
      { seed, numRuns: 300 },
    );
  });

  it('are refused wherever they are cut off', async () => {
    const bytes = await write(false);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
        expect(await read(bytes.subarray(0, length))).toBeUndefined();
      }),
      { seed, numRuns: 100 },
    );
  });

  it('are refused whatever 64-bit numbers their table of contents holds', async () => {
    const bytes = await write(false);
    const words = fc.tuple(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 2n ** 64n - 1n));
    await fc.assert(
      fc.asyncProperty(words, fc.boolean(), async ([entries, directory, record], findable) => {
        const zip64 = zip64End(entries, directory, findable ? BigInt(bytes.length - 22) : record);
        const mutated = Buffer.concat([bytes.subarray(0, -22), zip64, bytes.subarray(-22)]);
        expect(await read(mutated)).toBeUndefined();
      }),
      { seed, numRuns: 100 },
    );
  });
});

/** The end of a zip64's table of contents and its locator: how many entries, where they begin, where this record is. */
function zip64End(entries: bigint, directory: bigint, record: bigint): Buffer {
  const bytes = Buffer.alloc(56 + 20);
  bytes.writeUInt32LE(0x06064b50, 0);
  bytes.writeBigUInt64LE(entries, 32);
  bytes.writeBigUInt64LE(directory, 48);
  bytes.writeUInt32LE(0x07064b50, 56);
  bytes.writeBigUInt64LE(record, 64);
  return bytes;
}
