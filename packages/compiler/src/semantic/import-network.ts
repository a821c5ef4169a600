/**
 * Makes a bundle of kind `semantic` from somebody else's ONNX file: what the network takes and gives comes from a preset
 * or a contract, the graph stays as it is, and its weights, wherever they were, are in one file beside it. The network
 * is run once, so that what does not fit is said here and not with the first photo.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError, parseOptionsSchema } from '@m2fp/contract';
import type { Photo } from '@m2fp/core/image';
import { type Bundle, type ManifestDraft, type ManifestOf, shortened, writeBundle } from '@m2fp/core/model';
import { describeShape, loadSemantic, type SemanticManifest } from '@m2fp/core/parsing';
import { graphFileName, weightsFileName } from '../m2fp/bundle-manifest.ts';
import { readContract } from './contract-file.ts';
import { relocateTensors } from './external-data.ts';
import { createSemanticLabels, readLabelNames } from './labels.ts';
import { type NetworkFile, readNetworkFile, type TensorShape } from './network-file.ts';
import { type Contract, type PresetName, presets } from './presets.ts';

export interface ImportSettings {
  readonly preset: PresetName | 'custom';
  /** Paths. A contract is for `custom`, which has none of its own. */
  readonly contract?: string;
  readonly labels?: string;
  /** The tensors' names, if the graph has several that fit. */
  readonly input?: string;
  readonly output?: string;
  /** Instead of the preset's, px. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly name?: string;
  readonly license?: string;
  readonly threads: number;
}

/**
 * Writes the bundle to `outDir`; the same files and settings give the same bytes. Throws `input_not_found` and
 * `invalid_request` for a file that the user named, `model_unavailable` for a network that is none or does not fit, and
 * `conflict` if `outDir` holds something other than a bundle. Then nothing is left behind.
 */
export async function importNetwork(
  path: string,
  outDir: string,
  settings: ImportSettings,
): Promise<ManifestOf<'semantic'>> {
  const wanted = await readSettings(settings);
  const file = await readNetworkFile(path);
  const draft = createDraft(path, file, wanted, settings);
  const manifest = await writeBundle(outDir, draft, async (dir) => {
    await writeFiles(file, dir);
    const hint = sizeHint(file, wanted.contract);
    await tryNetwork({ ...draft, files: [] }, dir, { path, hint, threads: settings.threads });
  });
  return manifest as ManifestOf<'semantic'>;
}

interface Wanted {
  readonly contract: Contract;
  readonly inputName: string | undefined;
  readonly outputName: string | undefined;
  /** Undefined if nobody says them. */
  readonly names: readonly string[] | undefined;
  readonly license: string;
}

async function readSettings(settings: ImportSettings): Promise<Wanted> {
  const { preset, license } = settings;
  const names = settings.labels === undefined ? undefined : await readLabelNames(settings.labels);
  if (preset === 'custom') {
    if (settings.contract === undefined) throw invalid('The preset "custom" needs a file with the contract (--contract).');
    const { inputName, outputName, ...contract } = await readContract(settings.contract);
    return {
      contract: resized(contract, settings.size),
      inputName: settings.input ?? inputName,
      outputName: settings.output ?? outputName,
      ...{ names, license: license ?? 'not stated' },
    };
  }
  if (settings.contract !== undefined) {
    throw invalid(`The preset "${preset}" has its own contract: with --contract, the preset is "custom".`);
  }
  const known = presets[preset];
  return {
    contract: resized(known.contract, settings.size),
    inputName: settings.input,
    outputName: settings.output,
    ...{ names: names ?? known.classes, license: license ?? known.license },
  };
}

function resized({ input, output }: Contract, size: ImportSettings['size']): Contract {
  return size === undefined ? { input, output } : { input: { ...input, size }, output };
}

function createDraft(
  path: string,
  file: NetworkFile,
  wanted: Wanted,
  { preset, name }: ImportSettings,
): ManifestDraft<'semantic'> {
  const { contract, license } = wanted;
  const output = findOutput(path, file, wanted);
  const names = wanted.names ?? numberedNames(path, output, contract);
  const { ops, opset, producer, inputs, outputs } = file;
  return {
    v: 1,
    kind: 'semantic',
    name: name ?? (preset === 'custom' ? nameFrom(path) : preset),
    version: '1',
    labels: createSemanticLabels(names),
    licence: license,
    source: `imported from ${basename(path)}`,
    synthetic: false,
    graph: graphFileName,
    dtype: file.dtype,
    parameters: file.parameters,
    architecture: {
      network: preset === 'custom' ? 'segmentation network' : `segmentation network (preset ${preset})`,
      inputs: inputs.map(describeTensor),
      outputs: outputs.map(describeTensor),
      ...{ opset, producer: producer === '' ? 'not stated' : producer, ops: { ...ops } },
    },
    input: { name: findInput(path, file, wanted.inputName), ...contract.input },
    output: { name: output.name, ...contract.output },
  };
}

function describeTensor({ name, shape }: TensorShape): string {
  return `${name} ${describeShape(shape)}`;
}

function findInput(path: string, { inputs }: NetworkFile, name: string | undefined): string {
  const all = inputs.map(describeTensor).join(', ');
  if (name !== undefined && !inputs.some((input) => input.name === name)) {
    throw unusable(path, `it has no input called ${name}; its inputs are ${all}`);
  }
  const [only, ...others] = inputs;
  if (only === undefined) throw unusable(path, 'it has no input');
  if (others.length > 0) throw unusable(path, `it wants more than a picture: its inputs are ${all}`);
  return name ?? only.name;
}

/** The one that was named, the only one, or the only one that has as many classes as there are names. */
function findOutput(path: string, { outputs }: NetworkFile, { contract, names, outputName }: Wanted): TensorShape {
  const all = outputs.map(describeTensor).join(', ');
  const [only, ...others] = outputs;
  if (outputName !== undefined) {
    const found = outputs.find(({ name }) => name === outputName);
    if (found) return found;
    throw unusable(path, `it has no output called ${outputName}; its outputs are ${all}`);
  }
  if (only !== undefined && others.length === 0) return only;
  const fitting = outputs.filter((output) => classesOf(output, contract) === names?.length);
  const [first, ...more] = fitting;
  if (first !== undefined && more.length === 0 && contract.output.values !== 'labels') return first;
  throw unusable(path, `it has several outputs: ${all}. Say which one with --output`);
}

function classesOf({ shape }: TensorShape, { output }: Contract): number | undefined {
  const channels = shape.length === 4 ? shape[output.layout === 'nchw' ? 1 : 3] : undefined;
  return typeof channels === 'number' && channels > 0 ? channels : undefined;
}

/** For a network whose classes nobody names, but which says how many there are. */
function numberedNames(path: string, output: TensorShape, contract: Contract): string[] {
  const classes = classesOf(output, contract);
  if (classes === undefined || contract.output.values === 'labels') {
    throw invalid(`The names of the classes are needed (--labels): ${basename(path)} does not say how many it has.`);
  }
  if (classes > 255) throw unusable(path, `its output is ${describeTensor(output)}: more than 255 classes`);
  return Array.from({ length: classes }, (_, id) => (id === 0 ? 'background' : `class_${id}`));
}

/** Without what a manifest does not allow in a name. */
function nameFrom(path: string): string {
  const stem = basename(path).replace(/\.onnx$/i, '');
  const name = stem.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return name === '' ? 'model' : name;
}

/** Offsets stay page-aligned, so that onnxruntime can map the file. */
const pageBytes = 4096;

/** All weight files become one, each from a page on. */
async function writeFiles({ bytes, weightFiles }: NetworkFile, dir: string): Promise<void> {
  if (weightFiles.size === 0) return writeFile(join(dir, graphFileName), bytes);
  const starts = new Map<string, number>();
  let end = 0;
  for (const [location, file] of weightFiles) {
    const start = Math.ceil(end / pageBytes) * pageBytes;
    starts.set(location, start);
    end = start + file.bytes;
    const flags = start === 0 ? 'wx' : 'r+';
    await pipeline(createReadStream(file.path), createWriteStream(join(dir, weightsFileName), { flags, start }));
  }
  const relocated = relocateTensors(bytes, ({ location, offset, length }) => ({
    location: weightsFileName,
    offset: (starts.get(location) ?? 0) + offset,
    length,
  }));
  await writeFile(join(dir, graphFileName), relocated);
}

/** For a network that takes any size: large enough for any stride, and quick. */
const trialOptions = parseOptionsSchema.parse({ short_side: 256, max_side: 512 });

/** Parses a made-up picture. Throws `model_unavailable` with the reason of onnxruntime. */
async function tryNetwork(
  manifest: SemanticManifest,
  dir: string,
  { path, hint, threads }: { readonly path: string; readonly hint: string; readonly threads: number },
): Promise<void> {
  const bundle: Bundle<SemanticManifest> = { dir, manifest, path: (file) => join(dir, file) };
  try {
    const parser = await loadSemantic(bundle, { threads });
    try {
      await parser.parse(trialPhoto(320, 240), trialOptions);
    } finally {
      await parser.close();
    }
  } catch (error) {
    throw unusable(path, `${reasonOf(error, dir, path)}${hint}`, error);
  }
}

/** For a network with another fixed size than the contract's: perhaps it only is of another size. */
function sizeHint({ inputs }: NetworkFile, { input }: Contract): string {
  const shape = inputs[0]?.shape ?? [];
  const [height, width] = input.layout === 'nchw' ? shape.slice(2) : shape.slice(1);
  if (shape.length !== 4 || typeof width !== 'number' || typeof height !== 'number') return '';
  if ('width' in input.size && input.size.width === width && input.size.height === height) return '';
  return `. If it was trained for that size: --size ${width}x${height}`;
}

function trialPhoto(width: number, height: number): Photo {
  const picture = (w: number, h: number) => ({
    ...{ width: w, height: h },
    data: Uint8Array.from({ length: w * h * 3 }, (_, i) => (i * 37) % 256),
  });
  return {
    ...{ width, height, format: 'png' },
    rgb: async () => picture(width, height),
    resized: async (toWidth, toHeight) => picture(toWidth, toHeight),
  };
}

/** What onnxruntime says, on one line, about the user's own file. */
function reasonOf(error: unknown, dir: string, path: string): string {
  const messages = error instanceof Error ? [error.message, ...(error.cause instanceof Error ? [error.cause.message] : [])] : [];
  const text = messages.join(' ').replaceAll(join(dir, graphFileName), basename(path)).replaceAll(`${dir}/`, '');
  return shortened(text.replace(/\s+/g, ' ').trim(), 600).replace(/\.$/, '');
}

function invalid(message: string): AppError {
  return new AppError('invalid_request', message);
}

function unusable(path: string, why: string, cause?: unknown): AppError {
  return new AppError('model_unavailable', `${path} cannot be imported: ${why}.`, { cause });
}
