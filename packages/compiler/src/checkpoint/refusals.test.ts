import { appendFile, mkdir, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../testing/checkpoint/open-checkpoint.ts';
import { PickleCall, PickleDict, PickleGlobal, type PickleValue } from './pickle-values.ts';
import { dict, orderedDict, systemCall, tensorValue } from '../../testing/checkpoint/torch-values.ts';
import { storageOf, writeTorchZip, type TorchZip } from '../../testing/checkpoint/torch-zip-writer.ts';

let outside: string;
let dir: string;
let file: string;

beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), 'checkpoint-'));
  dir = join(outside, 'checkpoint');
  file = join(dir, 'pytorch_model.pt');
  await mkdir(dir);
  await writeFile(join(dir, 'configuration.json'), '{}');
});

afterEach(() => rm(outside, { recursive: true }));

const storages = [storageOf('0', new Float32Array([1, 2, 3, 4]))];
const good = tensorValue({ key: '0', shape: [4], itemCount: 4 });
const goodZip: TorchZip = { root: dict({ model: dict({ x: good }) }), storages };

/** Opens the folder and reads every tensor; gives the error's message. Any failure must be an AppError. */
async function refusal(): Promise<string> {
  try {
    const checkpoint = await openCheckpoint(dir);
    try {
      for (const name of checkpoint.source.names()) await checkpoint.source.read(name);
    } finally {
      await checkpoint.close();
    }
  } catch (error) {
    expect(error).toMatchObject({ name: 'AppError', code: 'model_unavailable', retryable: false });
    return (error as Error).message;
  }
  throw new Error('it was not refused');
}

async function refusalOf(zip: TorchZip): Promise<string> {
  await writeTorchZip(file, zip);
  return refusal();
}

const refusalOfModel = (model: PickleValue): Promise<string> => refusalOf({ root: dict({ model }), storages });

describe('files', () => {
  it('names a file that is missing', async () => {
    expect(await refusal()).toMatch(`${file} does not exist. A checkpoint folder holds pytorch_model.pt and`);
    await rm(join(dir, 'configuration.json'));
    expect(await refusal()).toMatch(`${join(dir, 'configuration.json')} does not exist`);
    await rm(dir, { recursive: true });
    expect(await refusal()).toMatch('does not exist');
  });

  it('refuses a configuration that is not JSON', async () => {
    await writeTorchZip(file, goodZip);
    await writeFile(join(dir, 'configuration.json'), '{"model": ');
    expect(await refusal()).toMatch(/configuration\.json cannot be used: .*JSON/);
  });

  it.each([
    ['nested deeper than anything that reads it goes', '['.repeat(20_000) + ']'.repeat(20_000), 'nested more than'],
    ['of more bytes than any has', ' '.repeat(2 ** 20) + '{}', 'bytes'],
  ])('refuses a configuration that is %s, shortly', async (_name, text, why) => {
    await writeTorchZip(file, goodZip);
    await writeFile(join(dir, 'configuration.json'), text);
    const message = await refusal();
    expect(message).toContain(why);
    expect(message.length).toBeLessThan(3_000);
  });

  it.each([
    ['an empty file', '', 'is empty'],
    ['a text file', 'weights\n', 'is not a zip'],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\n', 'is a Git LFS pointer'],
    [
      'the format before PyTorch 1.6',
      '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.',
      'before PyTorch 1.6',
    ],
  ])('says what %s is', async (_name, content, message) => {
    await writeFile(file, content, 'latin1');
    expect(await refusal()).toMatch(`${file} `);
    expect(await refusal()).toMatch(message);
  });

  it('refuses a folder in place of a file', async () => {
    await mkdir(file);
    expect(await refusal()).toBe(`${file} is not a file.`);
  });

  it.each([0.2, 0.5, 0.95])('refuses a file cut off at %f of its length', async (share) => {
    await writeTorchZip(file, goodZip);
    await truncate(file, Math.floor((await readFile(file)).length * share));
    expect(await refusal()).toMatch(`${file} is damaged or cut off`);
  });

  it('refuses bytes after the end', async () => {
    await writeTorchZip(file, goodZip);
    await appendFile(file, 'more');
    expect(await refusal()).toMatch(`${file} is damaged or cut off`);
  });

  it('refuses values that do not match their checksum', async () => {
    await writeTorchZip(file, goodZip);
    const bytes = await readFile(file);
    bytes[bytes.indexOf(Buffer.from(new Float32Array([1, 2, 3, 4]).buffer))] = 1;
    await writeFile(file, bytes);
    expect(await refusal()).toMatch(`archive/data/0 in ${file} is damaged or cut off: its content does not match`);
  });

  it('refuses a big-endian file', async () => {
    expect(await refusalOf({ ...goodZip, byteOrder: 'big' })).toBe(`${file} has byte order big; only little is read.`);
  });

  it('refuses a zip that is something else', async () => {
    await writeTorchZip(file, goodZip);
    await writeFile(
      file,
      (await readFile(file)).toString('latin1').replaceAll('archive/data.pkl', 'archive/date.pkl'),
      'latin1',
    );
    expect(await refusal()).toMatch(`${file} is a zip but not a PyTorch checkpoint`);
  });

  it('refuses a TorchScript program', async () => {
    const others = [['archive/constants.pkl', Buffer.from('N.')]] as const;
    expect(await refusalOf({ ...goodZip, others })).toMatch('is a TorchScript program');
  });

  it('refuses two entries of one name', async () => {
    const others = [['archive/data/0', Buffer.alloc(16)]] as const;
    expect(await refusalOf({ ...goodZip, others })).toBe(`${file} has two entries called archive/data/0.`);
  });

  it('refuses a path that climbs out, and writes nothing', async () => {
    await writeTorchZip(file, { ...goodZip, others: [['up/up/evil', Buffer.from('evil')]] });
    await writeFile(file, (await readFile(file)).toString('latin1').replaceAll('up/up/evil', '../../evil'), 'latin1');
    expect(await refusal()).toMatch('invalid relative path: ../../evil');
    expect((await readdir(outside, { recursive: true })).sort()).toEqual([
      'checkpoint',
      'checkpoint/configuration.json',
      'checkpoint/pytorch_model.pt',
    ]);
  });
});

describe('what the pickle asks for', () => {
  it.each([
    ['in place of a tensor', (evil: PickleCall) => dict({ x: good, y: evil })],
    ['in place of the model', (evil: PickleCall) => evil],
    ['deep within an entry', (evil: PickleCall) => dict({ x: good, y: [dict({ z: [1, [evil]] })] })],
    [
      'in the state of the dictionary',
      (evil: PickleCall) => Object.assign(orderedDict([['x', good]]), { state: evil }),
    ],
    [
      'in the hooks of a tensor',
      (evil: PickleCall) => dict({ x: new PickleCall(good.callable, [...tensorArgs(), evil]) }),
    ],
  ])('os.system %s is refused by name and not run', async (_name, model) => {
    const marker = join(outside, 'was-run');
    expect(await refusalOfModel(model(systemCall(`touch ${marker}`)))).toMatch(
      /asks for os\.system, .* Nothing was run/,
    );
    expect(await readdir(outside)).toEqual(['checkpoint']);
  });

  it('os.system in place of the whole checkpoint is refused by name and not run', async () => {
    const marker = join(outside, 'was-run');
    expect(await refusalOf({ root: systemCall(`touch ${marker}`) })).toMatch(
      /refused: it holds a call of os\.system .* Nothing was run/,
    );
    expect(await readdir(outside)).toEqual(['checkpoint']);
  });

  it('an unknown kind of storage is refused by name', async () => {
    const tensor = tensorValue({ key: '0', shape: [2], itemCount: 2, storageType: 'ComplexFloatStorage' });
    expect(await refusalOfModel(dict({ x: tensor }))).toMatch(/\(x\) its pickle asks for torch\.ComplexFloatStorage/);
  });

  it('a pickle that is cut off is refused with the position', async () => {
    const root = Buffer.from('\x80\x02}X\x05\x00\x00\x00mod', 'latin1');
    expect(await refusalOf({ root })).toBe(`The pickle in ${file} cannot be read at byte 8: it ends too early.`);
  });

  it.each([
    ['a number', 5, 'it holds a number and not a dictionary'],
    ['an empty dictionary', dict({}), 'has no model entry and no tensors at its root, only: nothing'],
    ['a dictionary without tensors', dict({ epoch: 3, note: 'x' }), 'only: epoch, note'],
    ['a model that is a number', dict({ model: 3 }), 'model is not a dictionary of tensors'],
  ])('refuses %s', async (_name, root, message) => {
    expect(await refusalOf({ root })).toMatch(message);
  });

  it('refuses two tensors of one name', async () => {
    const model = new PickleDict();
    model.entries.push(['x', good], ['x', good]);
    expect(await refusalOfModel(model)).toBe(`${file} has two tensors called x.`);
  });
});

describe('tensors that cannot be', () => {
  const item = { key: '0', itemCount: 4 };
  it.each([
    ['2^60 elements', { ...item, shape: [2 ** 60] }, 'is not described by'],
    ['2^52 elements', { ...item, shape: [2 ** 52] }, 'claims to be [4503599627370496]'],
    [
      '2^60 elements by its dimensions',
      { ...item, shape: [2 ** 20, 2 ** 20, 2 ** 20], strides: [0, 0, 0] },
      'claims to be',
    ],
    ['more elements than its storage', { ...item, shape: [5] }, 'is [5] and reaches item 5 of its storage'],
    ['an offset past its storage', { ...item, shape: [2], offset: 3 }, '(offset 3, strides [1]), which has 4'],
    ['a stride past its storage', { ...item, shape: [2], strides: [4] }, 'reaches item 5'],
    ['a negative size', { ...item, shape: [-1] }, 'not negative'],
    ['a negative offset', { ...item, shape: [1], offset: -1 }, 'not negative'],
    ['a negative stride', { ...item, shape: [2], strides: [-1], offset: 3 }, 'not negative'],
    ['strides for another number of dimensions', { ...item, shape: [2], strides: [2, 1] }, 'is not described by'],
    ['an enormous storage', { ...item, shape: [4], itemCount: 2n ** 60n }, 'has no storage of a known kind'],
    ['a thousand dimensions', { ...item, shape: Array.from({ length: 1000 }, () => 1) }, 'has 1000 dimensions'],
    [
      'a storage larger than it is',
      { ...item, shape: [4], itemCount: 5 },
      'should hold 5 items of 4 bytes, but archive/data/0 has 16 bytes',
    ],
    ['a storage that is not there', { ...item, key: '7', shape: [4] }, 'there is no archive/data/7'],
    [
      'a storage outside the checkpoint',
      { ...item, key: '../../../../etc/passwd', shape: [4] },
      'there is no archive/data/../',
    ],
  ])('refuses %s', async (_name, description, message) => {
    const refused = await refusalOfModel(dict({ 'head.weight': tensorValue(description) }));
    expect(refused).toContain(message);
    expect(refused).toContain('tensor head.weight');
    expect(refused).toContain(file);
  });

  it('refuses a tensor built from nothing', async () => {
    const empty = new PickleCall(new PickleGlobal('torch._utils', '_rebuild_tensor_v2'), []);
    expect(await refusalOfModel(dict({ x: empty }))).toMatch('tensor x is not described by');
  });
});

describe('bombs', () => {
  it('a storage that unpacks to more than the pickle says is refused before it is unpacked', async () => {
    const zeros = { key: '0', size: 2 ** 26, chunks: () => Array.from({ length: 64 }, () => new Uint8Array(2 ** 20)) };
    expect(await refusalOf({ ...goodZip, storages: [zeros], compress: true })).toMatch(
      'but archive/data/0 has 67108864 bytes',
    );
  });

  it('a storage that unpacks to more than the zip says is stopped there', async () => {
    const zeros = { key: '0', size: 2 ** 26, chunks: () => Array.from({ length: 64 }, () => new Uint8Array(2 ** 20)) };
    await writeTorchZip(file, { ...goodZip, storages: [zeros], compress: true });
    await claimSize('archive/data/0', 16);
    expect(await refusal()).toMatch(`archive/data/0 in ${file} is damaged or cut off: too many bytes`);
  });

  it('a pickle that is huge is not read', async () => {
    const root = Buffer.alloc(2 ** 24 + 1, '}');
    expect(await refusalOf({ root })).toMatch('archive/data.pkl has 16777217 bytes: more than 16777216');
  });

  it('a pickle of more objects than any checkpoint has is stopped', async () => {
    expect(await refusalOf({ root: Buffer.alloc(2 ** 24, '}') })).toMatch('it has more than 1000000 operations');
  });

  it('a storage too large to unpack is refused', async () => {
    const itemCount = 2 ** 29;
    const claims = tensorValue({ key: '0', shape: [4], itemCount });
    await writeTorchZip(file, { root: dict({ model: dict({ x: claims }) }), storages, compress: true });
    await claimSize('archive/data/0', itemCount * 4);
    expect(await refusal()).toMatch('would unpack to 2147483648 bytes');
  });
});

/** Changes the unpacked size that the zip's table of contents gives for an entry. */
async function claimSize(name: string, size: number): Promise<void> {
  const bytes = await readFile(file);
  const nameAt = bytes.lastIndexOf(name);
  expect(bytes.readUInt32LE(nameAt - 46)).toBe(0x02014b50);
  bytes.writeUInt32LE(size, nameAt - 46 + 24);
  await writeFile(file, bytes);
}

function tensorArgs(): PickleValue[] {
  return Array.isArray(good.args) ? good.args.slice(0, 5) : [];
}
