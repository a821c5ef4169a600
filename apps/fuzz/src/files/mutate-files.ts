/** Model folders, one of whose files was changed. */
import { createHash } from 'node:crypto';
import { byteMutations } from '../mutate-bytes.ts';
import { mutateJson } from '../mutate-json.ts';
import type { Random } from '@m2fp/bench';
import type { FuzzCase } from '../run-cases.ts';
import type { SeedModels } from './seed-models.ts';
import { openTorchZip } from './torch-zip.ts';

export const commands = ['inspect', 'inspect --json', 'convert', 'check'] as const;

/** A folder for the command line, and what is done with it. */
export interface FilesInput {
  readonly command: (typeof commands)[number];
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Which of them was changed. */
  readonly changed: string;
}

type FileMutation = (models: SeedModels, random: Random) => FilesInput;

const names = { weights: 'pytorch_model.pt', configuration: 'configuration.json', manifest: 'manifest.json' } as const;
const graphName = 'model.onnx';

/** Escape sequences for terminals, and characters that reverse the direction of text. */
const unprintable = ['\u001b[31m', '\u001b]0;title\u0007', '\r', '\u202e', '\u009b2J', '\b\b\b'] as const;

function changeBytes(bytes: Buffer, random: Random): Buffer {
  return random.pick(Object.values(byteMutations))(bytes, random, bytes);
}

/** Some bytes of a text are control characters now. */
function withControls(bytes: Buffer, random: Random, isJson: boolean): Buffer {
  const text = bytes.toString('latin1');
  const words = [...text.matchAll(/[a-z_.]{6,}/g)].map(({ index }) => index);
  let changed = text;
  for (let count = random.magnitude(1, 20); count > 0 && words.length > 0; count--) {
    const at = random.pick(words);
    const control = random.pick(unprintable);
    // As an escape in JSON; elsewhere in place, so that lengths still fit.
    const written = isJson ? JSON.stringify(control).slice(1, -1) : Buffer.from(control).toString('latin1').slice(0, 6);
    if (isJson) return Buffer.from(`${changed.slice(0, at)}${written}${changed.slice(at)}`, 'latin1');
    changed = `${changed.slice(0, at)}${written}${changed.slice(at + written.length)}`;
  }
  return Buffer.from(changed, 'latin1');
}

/** Pickles that are deep, that contain themselves, or that are small and describe much. */
const hostilePickles: readonly ((random: Random) => Buffer)[] = [
  (random) => Buffer.concat([Buffer.from('N'), Buffer.alloc(random.magnitude(1, 900_000), 0x85), Buffer.from('.')]),
  (random) =>
    Buffer.concat([Buffer.alloc(random.magnitude(1, 900_000), ']'), Buffer.alloc(900_000, 'a'), Buffer.from('.')]),
  () => Buffer.from(']q\0h\0a.', 'latin1'),
  () => Buffer.from('}q\0X\x01\0\0\0ah\0s.', 'latin1'),
  // Pairs of pairs of pairs: twice as many with each step.
  (random) => Buffer.from(`NQq\0${'h\0h\0\x86q\0'.repeat(random.magnitude(1, 200))}.`, 'latin1'),
  (random) => Buffer.from(`}q\0${'}X\x01\0\0\0ah\0sX\x01\0\0\0bh\0sq\0'.repeat(random.magnitude(1, 200))}.`, 'latin1'),
  (random) => Buffer.concat([Buffer.from([random.pick([0x8e, 0x96, 0x8d, 0x8b])]), random.bytes(8), Buffer.from('.')]),
  (random) => Buffer.from(`cos\nsystem\n(X\x02\0\0\0idtR${'.'.repeat(random.magnitude(1, 100))}`, 'latin1'),
  (random) => Buffer.concat([random.bytes(random.magnitude(1, 10_000)), Buffer.from('.')]),
  (random) => Buffer.concat([Buffer.from('('), Buffer.alloc(random.magnitude(1, 900_000), 'N'), Buffer.from('t.')]),
];

function checkpoint(
  models: SeedModels,
  random: Random,
  changes: Partial<Record<keyof typeof names, Buffer>>,
): FilesInput {
  const { weights, configuration } = random.pick(models.checkpoints);
  const command = random.pick(['inspect', 'inspect --json', 'convert'] as const);
  const files = {
    [names.weights]: changes.weights ?? weights,
    [names.configuration]: changes.configuration ?? configuration,
  };
  return { command, files, changed: changes.weights === undefined ? names.configuration : names.weights };
}

function bundle(models: SeedModels, random: Random, manifest: Buffer, graph = models.graph): FilesInput {
  const command = random.pick(['inspect', 'inspect --json', 'check', 'check'] as const);
  const changed = graph === models.graph ? names.manifest : graphName;
  return { command, files: { [names.manifest]: manifest, [graphName]: graph }, changed };
}

/** With size and sha256 of this graph, so that it is read. */
function manifestFor(models: SeedModels, graph: Buffer): Buffer {
  const manifest = JSON.parse(models.manifest.toString()) as {
    files: { path: string; bytes: number; sha256: string }[];
  };
  for (const file of manifest.files) {
    if (file.path !== graphName) continue;
    file.bytes = graph.length;
    file.sha256 = createHash('sha256').update(graph).digest('hex');
  }
  return Buffer.from(JSON.stringify(manifest));
}

const mutations: Readonly<Record<string, FileMutation>> = {
  'checkpoint: bytes': (models, random) =>
    checkpoint(models, random, { weights: changeBytes(random.pick(models.checkpoints).weights, random) }),

  'checkpoint: table of contents': (models, random) => {
    const { weights } = random.pick(models.checkpoints);
    const at = weights.length - random.magnitude(22, 60_000);
    return checkpoint(models, random, {
      weights: Buffer.concat([weights.subarray(0, at), changeBytes(weights.subarray(at), random)]),
    });
  },

  'pickle: bytes': (models, random) => changePickle(models, random, (pickle) => changeBytes(pickle, random)),

  'pickle: control characters': (models, random) =>
    changePickle(models, random, (pickle) => withControls(pickle, random, false)),

  'pickle: hostile': (models, random) => changePickle(models, random, () => random.pick(hostilePickles)(random)),

  'configuration: JSON': (models, random) => {
    const { configuration } = random.pick(models.checkpoints);
    return checkpoint(models, random, { configuration: mutateJson(JSON.parse(configuration.toString()), random) });
  },

  'configuration: control characters': (models, random) => {
    const { configuration } = random.pick(models.checkpoints);
    return checkpoint(models, random, { configuration: withControls(configuration, random, true) });
  },

  'configuration: bytes': (models, random) => {
    const { configuration } = random.pick(models.checkpoints);
    return checkpoint(models, random, { configuration: changeBytes(configuration, random) });
  },

  'manifest: JSON': (models, random) =>
    bundle(models, random, mutateJson(JSON.parse(models.manifest.toString()), random)),

  'manifest: control characters': (models, random) =>
    bundle(models, random, withControls(models.manifest, random, true)),

  'manifest: bytes': (models, random) => bundle(models, random, changeBytes(models.manifest, random)),

  'graph: bytes': (models, random) => {
    const graph = changeBytes(models.graph, random);
    return bundle(models, random, manifestFor(models, graph), graph);
  },
};

function changePickle(models: SeedModels, random: Random, change: (pickle: Buffer) => Buffer): FilesInput {
  const zip = openTorchZip(random.pick(models.checkpoints).weights);
  return checkpoint(models, random, { weights: zip.withPickle(change(zip.pickle)) });
}

export function mutateFiles(models: SeedModels, random: Random): FuzzCase<FilesInput> {
  const mutation = random.pick(Object.keys(mutations));
  const make = mutations[mutation];
  if (make === undefined) throw new Error(`There is no mutation ${mutation}.`);
  return { mutation, input: make(models, random) };
}
