import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBundle } from '@m2fp/core/model';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TinyNetwork, writeNetwork } from '../../testing/semantic/tiny-networks.ts';
import { decodeModel, encodeModel } from '../onnx/onnx-schema.ts';
import { importNetwork, type ImportSettings } from './import-network.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-import-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const tinySize = { width: 12, height: 8 };

/** Imports by a contract; the size is the tiny network's own. */
async function importTiny(
  network: string,
  contract: { readonly input?: object; readonly output?: object } = {},
  settings: Partial<ImportSettings> = {},
) {
  const file = join(dir, 'contract.json');
  await writeFile(
    file,
    JSON.stringify({ input: { size: tinySize, ...contract.input }, output: contract.output ?? {} }),
  );
  return importNetwork(network, join(dir, 'bundle'), { preset: 'custom', contract: file, threads: 1, ...settings });
}

async function tiny(network: TinyNetwork = {}): Promise<string> {
  return writeNetwork(join(dir, 'tiny.onnx'), network);
}

async function textFile(name: string, text: string): Promise<string> {
  await writeFile(join(dir, name), text);
  return join(dir, name);
}

describe('a bundle', () => {
  test('says what the network takes and gives, with the defaults of the contract', async () => {
    const manifest = await importTiny(await tiny(), {}, { license: 'ours' });
    expect(manifest).toMatchObject({
      ...{ kind: 'semantic', name: 'tiny', licence: 'ours', dtype: 'float32', source: 'imported from tiny.onnx' },
      input: { name: 'image', size: tinySize, fit: 'stretch', channels: 'rgb', scale: 1 / 255, profile: 'ignore' },
      output: { name: 'logits', values: 'logits', toInput: 'none', toPhoto: 'bilinear' },
      labels: [{ name: 'background', role: 'background' }, { name: 'class_1' }, { name: 'class_2', role: 'part' }],
    });
    await expect(openBundle(join(dir, 'bundle'))).resolves.toBeDefined();
  });

  test('takes weights along from wherever the graph says that they are beside it', async () => {
    await mkdir(join(dir, 'parts'));
    const network = await tiny({ weights: 'own weights.data' });
    await rename(join(dir, 'own weights.data'), join(dir, 'parts', 'own weights.data'));
    await relocate(network, 'parts/own weights.data');
    const { files } = await importTiny(network);
    expect(files.map(({ path }) => path)).toEqual(['model.onnx', 'model.weights']);
    await rm(join(dir, 'parts'), { recursive: true });
    await expect(openBundle(join(dir, 'bundle'))).resolves.toBeDefined();
  });

  test('follows links within the cache of Hugging Face, where network and weights are links to blobs', async () => {
    const network = await tiny({ weights: 'model.data' });
    await Promise.all(['blobs', 'snapshot'].map((name) => mkdir(join(dir, name))));
    await rename(network, join(dir, 'blobs', 'a'));
    await rename(join(dir, 'model.data'), join(dir, 'blobs', 'b'));
    await symlink('../blobs/a', join(dir, 'snapshot', 'model.onnx'));
    await symlink('../blobs/b', join(dir, 'snapshot', 'model.data'));
    expect((await importTiny(join(dir, 'snapshot', 'model.onnx'))).files).toHaveLength(2);
  });

  test('has the names of a file: lines, a list, or id2label', async () => {
    const network = await tiny();
    for (const labels of [
      await textFile('labels.txt', 'nothing\nhat\nhair\n'),
      await textFile('list.json', '["nothing", "hat", "hair"]'),
      await textFile(
        'config.json',
        '{"model_type": "segformer", "id2label": {"2": "hair", "0": "nothing", "1": "hat"}}',
      ),
    ]) {
      const manifest = await importTiny(network, {}, { labels });
      expect(manifest.labels.map(({ name }) => name)).toEqual(['nothing', 'hat', 'hair']);
    }
  });

  test('takes the one output that has as many classes as there are names, or the one that is named', async () => {
    const network = await writeNetwork(join(dir, 'two.onnx'), { more: ['again'] });
    const labels = await textFile('labels.txt', 'nothing\nhat\nhair');
    await expect(importTiny(network, {}, { labels })).rejects.toThrow(
      'several outputs: logits [1, 3, 8, 12], again [1, 3, 8, 12]. Say which one with --output',
    );
    expect((await importTiny(network, {}, { labels, output: 'again' })).output.name).toBe('again');
    await expect(importTiny(network, {}, { labels, output: 'gone' })).rejects.toThrow('no output called gone');
  });
});

/** Writes the file again with its weights said to be elsewhere. */
async function relocate(network: string, location: string): Promise<void> {
  const model = decodeModel(await readFile(network));
  for (const { external_data: entries = [] } of model.graph.initializer) {
    for (const entry of entries) if (entry.key === 'location') entry.value = location;
  }
  await writeFile(network, encodeModel(model));
}

describe('refused, with both shapes in the message', () => {
  test('a picture of another size', async () => {
    await expect(importTiny(await tiny(), { input: { size: { width: 12, height: 9 } } })).rejects.toThrow(
      'its input "image" is [1, 3, 8, 12], where [1, 3, 9, 12] would be given. ' +
        'If it was trained for that size: --size 12x8',
    );
  });

  test('a network of one size that is given any', async () => {
    await expect(importTiny(await tiny(), { input: { size: { multipleOf: 4 } } })).rejects.toThrow(
      'is [1, 3, 8, 12], where [1, 3, multiple of 4, multiple of 4] would be given',
    );
  });

  test('more labels than classes', async () => {
    const labels = await textFile('labels.txt', 'a\nb\nc\nd');
    await expect(importTiny(await tiny(), {}, { labels })).rejects.toThrow(
      'its output "logits" is [1, 3, 8, 12], where [1, 4, height, width] would be read: 3 classes, but 4 labels',
    );
  });

  test('the same if the graph does not say how many classes it has', async () => {
    const labels = await textFile('labels.txt', 'a\nb\nc\nd');
    const network = await tiny({ input: { shape: [1, 'c', 'h', 'w'] }, output: { shape: [1, 'classes', 'h', 'w'] } });
    await expect(importTiny(network)).rejects.toThrow('The names of the classes are needed (--labels)');
    await expect(importTiny(network, {}, { labels })).rejects.toThrow(
      'is [1, 3, 8, 12], where [1, 4, height, width] would be read: 3 classes, but 4 labels',
    );
  });

  test('another layout', async () => {
    await expect(importTiny(await tiny(), { input: { layout: 'nhwc' } })).rejects.toThrow(
      'is [1, 3, 8, 12], where [1, 8, 12, 3] would be given',
    );
    await expect(
      importTiny(await tiny(), { output: { layout: 'nhwc' } }, { labels: await textFile('l.txt', 'a\nb\nc') }),
    ).rejects.toThrow('is [1, 3, 8, 12], where [1, height, width, 3] would be read: 12 classes, but 3 labels');
  });

  test('another stride', async () => {
    await expect(importTiny(await tiny(), { output: { stride: 4 } })).rejects.toThrow(
      'its output "logits" is 8 x 12, where a stride of 4 gives 2 x 3',
    );
  });
});

describe('refused as no network', () => {
  test.each([
    ['version https://git-lfs.github.com/spec/v1\noid sha256:00', 'Git LFS pointer'],
    ['<!DOCTYPE html><html>', 'web page'],
    ['PK\x03\x04rest', 'export the model to ONNX first'],
    ['\x80\x02}q', 'Python pickle'],
    ['{"a": 1}', 'JSON'],
    ['', 'empty'],
    ['nothing of the kind', 'damaged, cut off or something else'],
  ])('%j', async (content, message) => {
    await writeFile(join(dir, 'file.onnx'), Buffer.from(content, 'latin1'));
    const importing = importTiny(join(dir, 'file.onnx'));
    await expect(importing).rejects.toMatchObject({ code: 'model_unavailable' });
    await expect(importing).rejects.toThrow(message);
    expect(await readdir(dir)).toEqual(['contract.json', 'file.onnx']);
  });

  test('a file that is not there, a folder, and a network that is cut off', async () => {
    await expect(importTiny(join(dir, 'gone.onnx'))).rejects.toMatchObject({ code: 'input_not_found' });
    await expect(importTiny(dir)).rejects.toThrow('it is not a file');
    const whole = await readFile(await tiny());
    await writeFile(join(dir, 'cut.onnx'), whole.subarray(0, whole.length - 9));
    await expect(importTiny(join(dir, 'cut.onnx'))).rejects.toThrow('cut off');
  });

  test('an op that onnxruntime does not have, with its reason', async () => {
    const network = await tiny({ body: (g, image) => g.node('NoSuchOp', [image]) });
    await expect(importTiny(network)).rejects.toThrow(/tiny\.onnx cannot be imported: .*NoSuchOp/);
    expect(await readdir(dir)).toEqual(['contract.json', 'tiny.onnx']);
  });
});

describe('weights are refused', () => {
  test.each([['../secret.data'], ['/etc/hostname'], ['C:\\weights.data'], ['a/../../secret.data'], ['']])(
    'at %j, which is not beside the network',
    async (location) => {
      await writeFile(join(dir, '..', 'secret.data'), 'x').catch(() => undefined);
      const network = await tiny({ weights: 'model.data' });
      await relocate(network, location);
      await expect(importTiny(network)).rejects.toThrow('which is not beside it');
      await rm(join(dir, '..', 'secret.data'), { force: true });
    },
  );

  test('behind a link out of the folder, missing, cut off, or as a Git LFS pointer', async () => {
    const network = await tiny({ weights: 'model.data' });
    const weights = join(dir, 'model.data');
    await writeFile(weights, 'short');
    await expect(importTiny(network)).rejects.toThrow('reads beyond their end');
    await writeFile(weights, 'version https://git-lfs.github.com/spec/v1');
    await expect(importTiny(network)).rejects.toThrow('Git LFS pointer');
    await rm(weights);
    await expect(importTiny(network)).rejects.toThrow('its weights are in model.data, which is not there');
    await symlink('/etc/hostname', weights);
    await expect(importTiny(network)).rejects.toThrow('a link out of its folder');
  });
});

describe('a contract is refused', () => {
  test.each([
    [{ input: { fit: 'affine', size: { multipleOf: 32 } } }, 'the fit "affine" needs a fixed size'],
    [{ input: { fit: 'affine', resize: 'area' } }, 'resizes by "bilinear" or "nearest"'],
    [{ output: { values: 'labels', toPhoto: 'bilinear' } }, 'classes cannot be blended'],
    [{ input: { channels: 'gbr' } }, 'channels'],
    [{ input: { mean: [0, 0] } }, 'mean'],
    [{ input: { std: [1, 0, 1] } }, 'No standard deviation can be 0'],
    [{ input: { size: { width: 0, height: 5 } } }, 'size'],
    [{ input: { width: 5 } }, 'width'],
  ])('%j', async (contract, message) => {
    const importing = importTiny(await tiny(), contract);
    await expect(importing).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(importing).rejects.toThrow(message);
  });

  test('if it is missing, not JSON, or given with a preset', async () => {
    const network = await tiny();
    const settings = { preset: 'custom', threads: 1 } as const;
    const out = join(dir, 'bundle');
    await expect(importNetwork(network, out, settings)).rejects.toThrow('needs a file with the contract');
    const contract = await textFile('c.json', '{');
    await expect(importNetwork(network, out, { ...settings, contract })).rejects.toThrow('c.json cannot be used');
    await expect(importNetwork(network, out, { ...settings, contract, preset: 'schp-lip' })).rejects.toThrow(
      'has its own contract',
    );
  });
});
