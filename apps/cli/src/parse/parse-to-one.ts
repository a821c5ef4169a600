/** One output of one photo, to standard output or into a file: `--out -`, `--out cut.png`. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, type ParseOptions } from '@m2fp/contract';
import type { ParsedPhoto } from '@m2fp/core/process';
import { count, makeFolder, printable, seconds, writeWhole } from '@m2fp/terminal';
import { printJson, printLine } from '../command-context.ts';
import type { FoundPhoto } from './find-photos.ts';
import type { OutTarget } from './out-target.ts';
import type { ParseRunParts } from './parse-command-line.ts';
import { readPhoto } from './parse-files.ts';
import type { PhotoParser } from './photo-parser.ts';

/** Throws what is wrong with the photo: nothing is written then. */
export async function parseToOne(
  photos: AsyncIterable<FoundPhoto>,
  target: Exclude<OutTarget, { kind: 'folder' }>,
  { flags, command, options, parser, progress, context }: ParseRunParts,
): Promise<void> {
  const photo = await onlyOne(photos);
  if (photo === undefined) return command.error(`error: --out ${flags.out} is for one photo, and there are several.`);
  if (photo.error !== undefined) throw photo.error;
  if (target.kind === 'file') await assertOtherFile(photo, target.path);
  const start = performance.now();
  const ready = await parser.ready();
  progress.beginPhoto(photo.name);
  const { files, summary, timings } = await parse(photo, ready, { ...options, outputs: [target.output] });
  progress.end();
  const [file] = files;
  if (file === undefined) throw new Error(`The model made no ${target.output}.`);
  if (target.kind === 'stdout') await write(context.stdout, file.bytes);
  else {
    await makeFolder(dirname(target.path));
    await writeWhole(target.path, file.bytes);
  }
  if (flags.json) {
    const written = { output: target.output, path: flags.out, bytes: file.bytes.length };
    printJson(
      context.stdout,
      { photo: photo.path, status: 'succeeded', ...summary, files: [written], timings },
      'line',
    );
    return;
  }
  const people = count(summary.people, 'person', 'people');
  const where = target.kind === 'stdout' ? '' : ` → ${printable(flags.out)}`;
  printLine(context.stderr, `${photo.name}: ${people}, ${seconds(performance.now() - start)}${where}`);
}

/** Throws `output_denied` if a photo's result would take its own place. */
async function assertOtherFile({ path, remote }: FoundPhoto, target: string): Promise<void> {
  if (remote !== undefined) return;
  const [photo, there] = await Promise.all([path, target].map((file) => stat(file).catch(() => undefined)));
  if (there !== undefined && photo?.dev === there.dev && photo.ino === there.ino) {
    throw new AppError('output_denied', `${target} is the photo itself: choose another name for the result.`);
  }
}

async function parse(photo: FoundPhoto, ready: PhotoParser, options: ParseOptions): Promise<ParsedPhoto> {
  try {
    return await ready.parse({ bytes: await readPhoto(photo), name: photo.name }, options);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${photo.path}: ${error.message}`, { cause: error });
  }
}

/** Undefined if there are more. An argument that is not a photo is one, too. */
async function onlyOne(photos: AsyncIterable<FoundPhoto>): Promise<FoundPhoto | undefined> {
  let first: FoundPhoto | undefined;
  for await (const photo of photos) {
    if (first !== undefined) return undefined;
    first = photo;
  }
  return first;
}

/** Resolves when all of it is on its way. */
function write(stream: NodeJS.WritableStream, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
