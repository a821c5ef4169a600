import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeTorchZip } from '../../testing/checkpoint/torch-zip-writer.ts';
import { openWeights } from './weights-file.ts';

let file: string;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'file-kind-'));
  file = join(dir, 'model_final.pth');
});
afterEach(() => rm(dir, { recursive: true }));

const header = '{"__metadata__":{"format":"pt"},"down_blocks.0.weight":{"dtype":"F16"}}';
const tar = `model_final.pth${'\0'.repeat(242)}ustar\x0000${'\0'.repeat(248)}`;

it.each([
  ['nothing', '', 'is empty'],
  ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n', 'Git LFS pointer'],
  ['a web page', '\n\n<!DOCTYPE html><html lang="en"><head><title>Google Drive', 'is a web page'],
  ['a web page without its type', '<HTML><BODY>Sign in', 'is a web page'],
  ['a web page after a comment', '<!-- saved -->\n<!doctype html>', 'is a web page'],
  ['a server’s error', '<?xml version="1.0"?><Error><Code>AccessDenied</Code>', 'a server’s error'],
  ['a diffusers file', `${String.fromCharCode(header.length)}${'\0'.repeat(7)}${header}`, 'is a safetensors file'],
  ['JSON', '{"error": "Entry not found"}', 'is JSON text'],
  [
    'its configuration',
    '_BASE_: Base-CIHP-Parsing.yaml\nMODEL:\n  META_ARCHITECTURE: "M2FP"\n',
    'is a detectron2 conf',
  ],
  ['gzip', '\x1f\x8b\x08\0', 'compressed by gzip'],
  ['bzip2', 'BZh91AY', 'compressed by bzip2'],
  ['xz', '\xfd7zXZ\0', 'compressed by xz'],
  ['zstd', '\x28\xb5\x2f\xfd', 'compressed by zstd'],
  ['7z', '7z\xbc\xaf\x27\x1c', '7z archive'],
  ['RAR', 'Rar!\x1a\x07', 'RAR archive'],
  ['tar', tar, 'is a tar archive'],
  ['Keras', '\x89HDF\r\n\x1a\n', 'is an HDF5 file'],
  ['an array', '\x93NUMPY\x01\0', 'is one NumPy array'],
  ['a language model', 'GGUF\x03\0\0\0', 'is a GGUF file'],
  ['TensorFlow Lite', '\x1c\0\0\0TFL3', 'is a TensorFlow Lite model'],
  ['a photo', '\xff\xd8\xff\xe0', 'is a picture'],
  ['ONNX', '\x08\x08\x12\x07pytorch\x1a\x051.13', 'is an ONNX model'],
  ['text', 'hello\n', 'is not a PyTorch checkpoint: it is not a zip and not a pickle'],
])('%s in place of a checkpoint is named', async (_name, content, what) => {
  await writeFile(file, content, 'latin1');
  await expect(openWeights(file)).rejects.toMatchObject({
    code: 'model_unavailable',
    message: expect.stringContaining(what) as string,
  });
  await expect(openWeights(file)).rejects.toThrow(`${file} is`);
});

it.each([
  ['a checkpoint that was zipped', 'model/model_final.pth', 'unpack it first, there is model/model_final.pth in it'],
  ['NumPy’s', 'weight.npy', 'it holds NumPy arrays'],
  ['a diffusers pipeline', 'sd/model_index.json', 'it holds a diffusers pipeline'],
  ['any other', 'readme.txt', 'it has no data.pkl'],
])('a zip is named: %s', async (_name, entry, what) => {
  await writeTorchZip(file, { root: Buffer.alloc(0), others: [[entry, Buffer.from('x')]], pickleName: 'other' });
  await expect(openWeights(file)).rejects.toThrow(`${file} is a zip but not a PyTorch checkpoint: ${what}`);
});

it('a file that is not there is named', async () => {
  await expect(openWeights(file)).rejects.toThrow(`${file} cannot be read`);
});
