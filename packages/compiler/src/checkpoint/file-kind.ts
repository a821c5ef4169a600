/** What a file is that was given as a checkpoint, by its first bytes. */
import type { FileHandle } from 'node:fs/promises';
import { checkpointError } from './checkpoint-error.ts';

/** A zip of `torch.save`; the format it had before PyTorch 1.6; or one plain pickle. */
export type WeightsFormat = 'torch-zip' | 'torch-legacy' | 'pickle';

/** Enough for a tar's mark, and for an HTML page's beginning after a comment or a few empty lines. */
const headBytes = 1024;

/** A pickle of the number 0x1950a86a20f9469cfc6c. */
export const legacyMagic = '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19';

const strangers: readonly (readonly [test: (head: string) => boolean, what: string])[] = [
  // What Git leaves in a file's place where Git LFS is not installed.
  [
    starts('version https://git-lfs'),
    'is a Git LFS pointer and not the weights themselves: run "git lfs pull", or download the file it stands for',
  ],
  [
    (head) => /^\s*(<!--[^]*?-->\s*)?<(!doctype html|html|head|body)\b/i.test(head),
    'is a web page and not a checkpoint: the download led to a page that asks for a login or a click. Download the ' +
      'file in a browser, and give its path',
  ],
  [(head) => /^\s*<(\?xml|Error)/i.test(head), 'is an XML document and not a checkpoint: most likely a server’s error'],
  [
    isSafetensors,
    'is a safetensors file, as diffusers and Hugging Face models use, and not a checkpoint of M2FP, which is ' +
      'published as .pth, .pt and .pkl',
  ],
  [(head) => /^\s*[{[]/.test(head), 'is JSON text and not a checkpoint'],
  [starts('\x1f\x8b'), 'is compressed by gzip: unpack it first'],
  [starts('BZh'), 'is compressed by bzip2: unpack it first'],
  [starts('\xfd7zXZ\0'), 'is compressed by xz: unpack it first'],
  [starts('\x28\xb5\x2f\xfd'), 'is compressed by zstd: unpack it first'],
  [starts('7z\xbc\xaf\x27\x1c'), 'is a 7z archive: unpack it first'],
  [starts('Rar!'), 'is a RAR archive: unpack it first'],
  [(head) => head.slice(257, 262) === 'ustar', 'is a tar archive: unpack it first'],
  [starts('\x89HDF\r\n'), 'is an HDF5 file (Keras) and not a checkpoint of PyTorch'],
  [starts('\x93NUMPY'), 'is one NumPy array and not a checkpoint'],
  [starts('GGUF'), 'is a GGUF file (a language model) and not a checkpoint of PyTorch'],
  [(head) => head.slice(4, 8) === 'TFL3', 'is a TensorFlow Lite model and not a checkpoint of PyTorch'],
  [(head) => /^(\x89PNG|\xff\xd8\xff|RIFF|GIF8)/.test(head), 'is a picture and not a checkpoint'],
  [isOnnx, 'is an ONNX model and not a checkpoint of PyTorch: convert the checkpoint that it was exported from'],
  [
    (head) => /^(MODEL|_BASE_)\s*:/m.test(head),
    'is a detectron2 configuration: give the weights, and this by --config',
  ],
];

function starts(mark: string): (head: string) => boolean {
  return (head) => head.startsWith(mark);
}

/** The length of a JSON object as 64 bits, and then that object. */
function isSafetensors(head: string): boolean {
  return head.slice(4, 8) === '\0\0\0\0' && /^\{\s*"/.test(head.slice(8, 64));
}

/** Its first field is the format's version, a small number; then come the names of the producer or of the graph. */
function isOnnx(head: string): boolean {
  return /^\x08[\x01-\x14][\x12\x1a\x22\x3a\x42]/.test(head);
}

/** Refuses a file that is no checkpoint, saying what it is if its kind is known. */
export async function detectFormat(file: string, handle: FileHandle): Promise<WeightsFormat> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  const head = buffer.toString('latin1', 0, bytesRead);
  if (head === '') throw checkpointError(`${file} is empty.`);
  if (head.startsWith('PK\x03\x04')) return 'torch-zip';
  if (head.startsWith(legacyMagic)) return 'torch-legacy';
  const stranger = strangers.find(([test]) => test(head));
  if (stranger !== undefined) throw checkpointError(`${file} ${stranger[1]}.`);
  // Protocols 2 to 5; and how one of protocol 0 or 1 begins, which is read to be refused for what it names.
  if (/^\x80[\x02-\x05]/.test(head) || /^[(}c]/.test(head)) return 'pickle';
  throw checkpointError(`${file} is not a PyTorch checkpoint: it is not a zip and not a pickle.`);
}
