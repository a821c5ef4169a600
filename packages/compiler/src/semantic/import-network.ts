/**
 * Makes a bundle of kind `semantic` from somebody else's ONNX file: what the network takes and gives comes from a
 * preset or a contract, the graph stays as it is, and its weights, wherever they were, are in one file beside it.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createSession, type ManifestOf, writeBundle } from '@m2fp/core/model';
import { graphFileName, weightsFileName } from '../m2fp/bundle-manifest.ts';
import { createDraft, invalid, unusable, type Wanted } from './bundle-draft.ts';
import { readContract } from './contract-file.ts';
import { relocateTensors } from './external-data.ts';
import { readNames } from './labels.ts';
import { type NetworkFile, readNetworkFile } from './network-file.ts';
import { type Contract, type PresetName, presets } from './presets.ts';
import { reasonOf, tryNetwork } from './try-network.ts';

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
  /** Looked at between two steps. */
  readonly signal?: AbortSignal;
}

/**
 * Writes the bundle to `outDir`; the same files and settings give the same bytes. Throws `input_not_found` and
 * `invalid_request` for a file that the user named, `model_unavailable` for a network that is none or does not fit, and
 * `conflict` if `outDir` holds something other than a bundle, and the signal's reason once it is aborted. Then nothing
 * is left behind.
 */
export async function importNetwork(
  path: string,
  outDir: string,
  settings: ImportSettings,
): Promise<ManifestOf<'semantic'>> {
  const wanted = await readSettings(settings);
  const file = await withShapes(path, await readNetworkFile(path), settings.threads);
  const draft = createDraft(path, file, wanted);
  const manifest = await writeBundle(outDir, draft, async (dir) => {
    await writeFiles(file, dir);
    settings.signal?.throwIfAborted();
    await tryNetwork({ ...draft, files: [] }, dir, { path, file, threads: settings.threads });
    settings.signal?.throwIfAborted();
  });
  return manifest as ManifestOf<'semantic'>;
}

/** Some exporters leave out the shapes of outputs; onnxruntime works them out. */
async function withShapes(path: string, file: NetworkFile, threads: number): Promise<NetworkFile> {
  if (file.outputs.every(({ shape }) => shape.length > 0)) return file;
  const session = await createSession(resolve(path), { threads }).catch((error: unknown) => {
    throw unusable(path, reasonOf(error, path), error);
  });
  const { outputs } = session;
  await session.close();
  return { ...file, outputs };
}

async function readSettings(settings: ImportSettings): Promise<Wanted> {
  const { preset, license, name } = settings;
  const names = settings.labels === undefined ? undefined : await readNames(settings.labels);
  if (preset === 'custom') {
    if (settings.contract === undefined)
      throw invalid('The preset "custom" needs a file with the contract (--contract).');
    const { inputName, outputName, ...contract } = await readContract(settings.contract);
    return {
      contract: resized(contract, settings.size),
      inputName: settings.input ?? inputName,
      outputName: settings.output ?? outputName,
      ...{ preset, name, names, license: license ?? 'not stated' },
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
    ...{ preset, name, names: names ?? known.classes, license: license ?? known.license },
  };
}

function resized({ input, output }: Contract, size: ImportSettings['size']): Contract {
  return size === undefined ? { input, output } : { input: { ...input, size }, output };
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
