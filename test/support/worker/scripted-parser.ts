/**
 * A parser module for tests: each "photo" is a line of text that says what happens to it inside the parser process, so
 * that crashes and hangs are real. The model's name says what happens while it loads.
 *
 * `ok …` · `sleep MS …` (event loop free) · `wait PATH` (until there is such a file) · `heads PATH` (tells that one of
 * two heads is done, then the same, event loop blocked) · `steps` (endless ones) · `hang` (never comes back, event loop
 * blocked) · `crash` (SIGSEGV) · `exit CODE` · `grow MB` (keeps memory) · `garbage` (a message that is not a reply) ·
 * `babble MB` (one line of output) · `fail CODE` (an AppError) · `late PATH?` (as if decoding took too long, until
 * there is such a file) · `throw` · `early …` (any of these before it is the photo's turn, as if while it is decoded)
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, annotationIdOf, imageIdOf, isErrorCode } from '@m2fp/contract';
import { isPersonal, outputFileName, outputKinds } from '@m2fp/contract';
import type { CocoDataset, ParseOptions, ParserStep } from '@m2fp/contract';
import type { ParsedPhoto, ParserModule } from '@m2fp/core/process';
import { until } from './until.ts';

const kept: Buffer[] = [];

export const createParser: ParserModule['createParser'] = async ({ bundle: model }) => {
  if (model === 'missing') throw new AppError('model_unavailable', 'There is no such model.');
  if (model === 'hangs') hang();
  return {
    parse: async ({ bytes, name = 'photo.jpeg' }, options, turn, onStep) => {
      turn.opened();
      const script = scriptIn(bytes);
      const words = script.split(' ');
      const isEarly = words[0] === 'early';
      const [command = '', argument = ''] = isEarly ? words.slice(1) : words;
      if (isEarly) await perform(command, argument);
      await turn.begin();
      if (command === 'heads') onStep({ stage: 'detected', done: 1, total: 2 });
      if (command === 'steps') await endlessSteps(onStep);
      if (!isEarly) await perform(command, argument);
      return outcome(script, name, model, options);
    },
  };
};

/** A script may begin with a JPEG's first bytes, to pass for a photo where only those are checked. */
function scriptIn(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes[0] === 0xff ? bytes.subarray(4) : bytes);
}

async function perform(command: string, argument: string): Promise<void> {
  switch (command) {
    case 'ok':
      return;
    case 'sleep':
      await sleep(Number(argument));
      return;
    case 'wait':
      return until(() => existsSync(argument));
    case 'heads':
      while (!existsSync(argument));
      return;
    case 'hang':
      return hang();
    case 'crash':
      process.stderr.write('about to crash\n');
      process.kill(process.pid, 'SIGSEGV');
      return hang();
    case 'exit':
      return process.exit(Number(argument));
    case 'grow':
      kept.push(Buffer.alloc(Number(argument) * 2 ** 20, 1));
      return;
    case 'babble':
      process.stdout.write(`${'x'.repeat(Number(argument) * 2 ** 20)}\n`);
      return;
    case 'garbage':
      process.send?.({ type: 'parsed', nonsense: true });
      await sleep(60_000);
      return;
    case 'fail':
      throw new AppError(isErrorCode(argument) ? argument : 'internal', `Failed with ${argument}.`);
    case 'late':
      if (argument) await until(() => existsSync(argument));
      throw new AppError('timeout', 'Decoding took too long.', { retryable: false });
    default:
      throw new Error(`Unscripted: ${command}`);
  }
}

async function endlessSteps(onStep: (step: ParserStep) => void): Promise<never> {
  for (;;) {
    onStep({ stage: 'decoded' });
    await sleep(0);
  }
}

/** Like native code: no timer, message or signal handler runs meanwhile. */
function hang(): never {
  for (;;);
}

/** One hair, as COCO has it. */
function datasetOf(name: string): CocoDataset {
  const imageId = imageIdOf(name);
  return {
    info: { description: 'Scripted', version: '1.0' },
    licenses: [],
    images: [{ id: imageId, file_name: name, width: 2, height: 1 }],
    categories: [{ id: 1, name: 'hair', supercategory: 'part' }],
    annotations: [
      {
        ...{ id: annotationIdOf(imageId, 0), image_id: imageId, category_id: 1, bbox: [0, 0, 1, 1], area: 1 },
        ...{ iscrowd: 0, segmentation: { size: [1, 2], counts: '011' } },
        ...{ score: 0.9, person_id: 1, attributes: { person_id: 1, score: 0.9 } },
      },
    ],
  };
}

function outcome(script: string, photo: string, model: string, options: ParseOptions): ParsedPhoto {
  const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  return {
    summary: {
      model: { name: model, kind: 'scripted', version: '1', synthetic: true },
      image: { width: 2, height: 1 },
      scale: 1,
      people: 1,
      labels: [{ id: 1, name: 'hair', pixels: 1 }],
    },
    files: options.outputs.map((output) => {
      const { contentType } = outputKinds[output];
      const bytes = text(output === 'masks' ? { script, ...datasetOf(photo) } : `${output} of ${script}`);
      const name = outputFileName(output);
      return { output, ...(isPersonal(output) && { person: 1 }), name, contentType, bytes };
    }),
    timings: { network: 1 },
  };
}
