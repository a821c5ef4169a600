import { fileURLToPath } from 'node:url';
import { runInTargets, type RunLimits } from '../run-cases.ts';
import type { TargetReport } from '../tally.ts';
import { mutatePhoto } from './mutate-photo.ts';
import { createSeedPhotos } from './seed-photos.ts';

/** One photo for the child process. */
export interface PhotoInput {
  readonly bytes: Uint8Array;
  /** Through the whole parse with a model, rather than decoded only. */
  readonly parsed: boolean;
}

export interface PhotoRun extends RunLimits {
  readonly model: string;
  /** A folder of more photos to begin with. */
  readonly corpusDir?: string | undefined;
}

/** With the portrait model, a parse takes a hundred times as long as decoding one of the seeds. */
const parsedShare = 0.02;

const entry = fileURLToPath(new URL('./photo-target.ts', import.meta.url));

/** Mutated photos through the code of a parser process: decoded, and some of them parsed. */
export async function fuzzPhotos({ model, corpusDir, ...limits }: PhotoRun): Promise<TargetReport> {
  const seeds = await createSeedPhotos(corpusDir);
  return runInTargets<PhotoInput>(
    {
      name: 'photos',
      limits,
      make: (random) => {
        const parsed = random.chance(parsedShare);
        const { input: bytes, ...made } = mutatePhoto(seeds, random);
        return { ...made, input: { bytes, parsed } };
      },
      bytesOf: ({ bytes }) => bytes,
    },
    {
      ...{ entry, args: [model], processes: 2, maxInputs: 2_000 },
      // Decoding ends by itself after 30 s; the largest photo that is allowed takes 150 MB as pixels alone.
      ...{ deadlineMs: 40_000, maxRssBytes: 2_000_000_000 },
      codes: new Set(['image_unreadable', 'image_too_large', 'unsupported_format', 'timeout']),
    },
  );
}
