/** The files that contenders read: the photo, the weights, and our own network's outputs for it. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMadeUp } from '@m2fp/compiler/m2fp';
import { AppError, type ParseOptions } from '@m2fp/contract';
import { openPhoto, type RgbImage, shortSideSize } from '@m2fp/core/image';
import type { Bundle, ManifestOf } from '@m2fp/core/model';
import { loadM2fpNetwork, planarPixels } from '@m2fp/core/parsing';
import type { BenchPhoto } from '../network/photos.ts';
import type { InputRequest } from './python-process.ts';

type PeopleManifest = Extract<ManifestOf, { kind: 'm2fp' }>;
/** What is compared: a float32 bundle of M2FP for many people. */
export type PeopleBundle = Bundle<PeopleManifest>;

/**
 * The first float32 bundle of M2FP for many people. Throws `invalid_request` if there is none, or if any bundle gives
 * made-up people: PyTorch would compute other outputs from the same weights, which would take it another time.
 */
export function comparableBundle(bundles: readonly Bundle<ManifestOf>[]): PeopleBundle {
  const madeUp = bundles.find(({ manifest }) => isMadeUp(manifest));
  if (madeUp !== undefined) {
    const why = 'its outputs are made-up people, which no other implementation computes';
    const instead = 'Make one with `m2fp model synth` without `--masks people`.';
    throw new AppError('invalid_request', `--against cannot use ${madeUp.manifest.name}: ${why}. ${instead}`);
  }
  const found = bundles.find(({ manifest }) => manifest.kind === 'm2fp' && manifest.dtype === 'float32');
  if (found?.manifest.kind === 'm2fp') return { ...found, manifest: found.manifest };
  const message = '--against needs a float32 bundle of M2FP for many people, by --model or --compare.';
  throw new AppError('invalid_request', message);
}

/** Runs `use` with an empty folder, which is removed afterward. */
export async function withTemporaryFolder<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'm2fp-against-'));
  try {
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Writes the photo to `dir`, and says how it becomes the network's input. */
export async function writePhoto(
  dir: string,
  photo: BenchPhoto,
  { manifest }: PeopleBundle,
  options: ParseOptions,
): Promise<InputRequest> {
  const file = join(dir, `photo-${photo.width}x${photo.height}.jpg`);
  await writeFile(file, photo.bytes);
  const { width, height } = shortSideSize(photo, options.short_side, options.max_side);
  const { mean, std, padMultiple } = manifest.input;
  const pad = (side: number): number => Math.ceil(side / padMultiple) * padMultiple;
  return { photo: file, resized: [width, height], padded: [pad(height), pad(width)], mean, std };
}

/** Raw float32 files: the very input that our network takes, and what it makes of it. */
export interface OwnOutputs {
  readonly input: string;
  readonly logits: string;
  readonly masks: string;
}

/** Runs our network in this process, which is not measured. */
export async function writeOwnOutputs(
  dir: string,
  photo: BenchPhoto,
  bundle: PeopleBundle,
  { resized: [width, height] }: InputRequest,
  threads: number,
): Promise<OwnOutputs> {
  const image = await (await openPhoto(photo.bytes)).resized(width, height);
  const network = await loadM2fpNetwork(bundle, { threads });
  try {
    network.input.clear(image);
    network.input.draw(planarPixels(planesOf(image), image));
    const { logits, masks } = await network.run();
    const write = async (name: string, values: Float32Array): Promise<string> => {
      const file = join(dir, `${name}-${photo.width}x${photo.height}.f32`);
      await writeFile(file, littleEndian(values));
      return file;
    };
    return {
      input: await write('input', network.input.tensor.data),
      logits: await write('logits', logits),
      masks: await write('masks', masks),
    };
  } finally {
    await network.close();
  }
}

/**
 * Where the graph in 8 bits is kept from run to run: making it takes a minute. Its name stands for all that it is made
 * of: the bundle, the network's input that it is calibrated with, and the versions of the packages.
 */
export function quantizedPath(
  cacheDir: string,
  { manifest }: PeopleBundle,
  photo: BenchPhoto,
  { resized, padded, mean, std }: InputRequest,
  versions: readonly (string | undefined)[],
): string {
  const what = JSON.stringify([manifest.files, resized, padded, mean, std, versions]);
  const key = createHash('sha256').update(what).update(photo.bytes).digest('hex').slice(0, 16);
  return join(cacheDir, 'against', `openvino-int8-${key}.xml`);
}

function planesOf({ data, width, height }: RgbImage): Float32Array {
  const count = width * height;
  return Float32Array.from({ length: 3 * count }, (_, i) => data[(i % count) * 3 + Math.floor(i / count)] ?? 0);
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return endianness() === 'LE' ? bytes : Buffer.from(bytes).swap32();
}
