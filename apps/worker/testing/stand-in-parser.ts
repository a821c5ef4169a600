/** A parser that waits as long as its model's name says, and gives files of usual sizes that only the photo decides. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPersonal, outputFileName, outputKinds, type OutputName, type ParseOptions } from '@m2fp/contract';
import type { NamedPhoto, ParsedPhoto, ParserModule } from '@m2fp/core/process';

/** Of a colormap or a mask file of a 540p photo with two people, bytes. */
const fileBytes = 24_000;

export const createParser: ParserModule['createParser'] = async ({ bundle }) => {
  const delayMs = Number(/stand-in-(\d{1,6})$/.exec(bundle)?.[1] ?? 0);
  return {
    parse: async (photo, options, turn) => {
      turn.opened();
      await turn.begin();
      if (delayMs > 0) await sleep(delayMs);
      return outcome(photo, options, bundle);
    },
  };
};

function outcome({ bytes }: NamedPhoto, { outputs }: ParseOptions, model: string): ParsedPhoto {
  const digest = createHash('sha256').update(bytes).digest('hex');
  return {
    summary: {
      model: { name: model, kind: 'stand-in', version: '1', synthetic: true },
      image: { width: 960, height: 540 },
      scale: 1,
      people: 1,
      labels: [{ id: 1, name: 'hair', pixels: 1 }],
    },
    files: outputs.map((output) => fileOf(output, digest)),
    timings: { network: 1 },
  };
}

function fileOf(output: OutputName, digest: string): ParsedPhoto['files'][number] {
  const bytes = Buffer.alloc(fileBytes, `${output} ${digest}\n`);
  const { contentType } = outputKinds[output];
  return { output, ...(isPersonal(output) && { person: 1 }), name: outputFileName(output), contentType, bytes };
}
