/** What a file is that was given as a checkpoint, by its first bytes. */
import type { FileHandle } from 'node:fs/promises';
import { checkpointError } from './checkpoint-error.ts';
import { headBytes, otherFileOf, type OtherFileKind } from './other-files.ts';

/** A zip of `torch.save`; the format it had before PyTorch 1.6; or one plain pickle. */
export type WeightsFormat = 'torch-zip' | 'torch-legacy' | 'pickle';

/** A pickle of the number 0x1950a86a20f9469cfc6c. */
export const legacyMagic = '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19';

const remedies: Readonly<Partial<Record<OtherFileKind, string>>> = {
  safetensors: 'diffusers and Hugging Face models are such files, M2FP is published as .pth, .pt and .pkl',
};

/** Files of a model that are no weights of PyTorch. */
const otherParts: readonly (readonly [pattern: RegExp, what: string])[] = [
  // Its first field is the format's version, a small number; then come the names of the producer or of the graph.
  [
    /^\x08[\x01-\x14][\x12\x1a\x22\x3a\x42]/,
    'is an ONNX model and not a checkpoint of PyTorch: convert the checkpoint that it was exported from',
  ],
  [/^(MODEL|_BASE_)\s*:/m, 'is a detectron2 configuration: give the weights, and this by --config'],
];

/** Refuses a file that is no checkpoint, saying what it is if its kind is known. */
export async function detectFormat(file: string, handle: FileHandle): Promise<WeightsFormat> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  const head = buffer.toString('latin1', 0, bytesRead);
  if (head === '') throw checkpointError(`${file} is empty.`);
  if (head.startsWith('PK\x03\x04')) return 'torch-zip';
  if (head.startsWith(legacyMagic)) return 'torch-legacy';
  const stranger = describeStranger(head);
  if (stranger !== undefined) throw checkpointError(`${file} ${stranger}.`);
  // Protocols 2 to 5; and how one of protocol 0 or 1 begins, which is read to be refused for what it names.
  if (/^\x80[\x02-\x05]/.test(head) || /^[(}c]/.test(head)) return 'pickle';
  throw checkpointError(`${file} is not a PyTorch checkpoint: it is not a zip and not a pickle.`);
}

function describeStranger(head: string): string | undefined {
  const other = otherFileOf(head);
  if (other === undefined) return otherParts.find(([pattern]) => pattern.test(head))?.[1];
  const remedy = other.remedy ?? remedies[other.kind];
  if (other.kind === 'git-lfs' || other.kind === 'archive') return `is ${other.what}: ${remedy}`;
  return `is ${other.what} and not a checkpoint of PyTorch${remedy === undefined ? '' : `: ${remedy}`}`;
}
