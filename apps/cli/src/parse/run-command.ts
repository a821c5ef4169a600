/** What `m2fp parse` does with its command line. */
import { resolve } from 'node:path';
import type { OutputName, ParseOptions } from '@m2fp/contract';
import { count } from '@m2fp/terminal';
import type { Buckets } from '../buckets/buckets.ts';
import { type CommandContext, exitCodes, printJson, printLine, printTable } from '../command-context.ts';
import { findPhotos, type FoundPhoto, type Places } from './find-photos.ts';
import { openLazyParser } from './lazy-parser.ts';
import { type OutTarget, readOutTarget } from './out-target.ts';
import type { PhotoOutcome } from './parse-files.ts';
import type { ParseCommandLine, ParseRunParts } from './parse-command-line.ts';
import { readParseOptions } from './parse-flags.ts';
import { parseToOne } from './parse-to-one.ts';
import { runParse } from './run-parse.ts';
import { RunProgress } from './run-progress.ts';
import { RunReport } from './run-report.ts';
import { standardInput } from './standard-input.ts';
import { WebPhotos } from './web-photos.ts';

export async function runParseCommand(line: ParseCommandLine): Promise<void> {
  const { args, flags, command, context } = line;
  const options = readParseOptions(command);
  const target = await readTarget(line, options);
  const { status, stderr, signal, unfinished } = context;
  const hasLines = !flags.json && target.kind === 'folder';
  const progress = new RunProgress({ stream: stderr, status, hasLines });
  unfinished.words = () => progress.unfinished();
  const sources = openSources(target.kind === 'folder' ? target.path : resolve('.'), context);
  const { model, threads } = flags;
  const parser = openLazyParser({ model, threads, options, progress }, context);
  const find = () => findPhotos(args, sources.places);
  const run = { ...line, options, parser, progress };
  try {
    progress.begin(await countOf(find(), progress, signal));
    if (target.kind === 'folder') await parseToFolder(find(), target.path, run);
    else await parseToOne(find(), target, run);
  } finally {
    unfinished.words = undefined;
    progress.end();
    await Promise.all([parser.close(), sources.close()]);
  }
  signal.throwIfAborted();
}

async function parseToFolder(photos: AsyncIterable<FoundPhoto>, outDir: string, run: ParseRunParts): Promise<void> {
  const { flags, options, parser, progress, context } = run;
  const report = new RunReport();
  let annotations: string | undefined;
  const onOutcome = (outcome: PhotoOutcome): void => {
    report.add(outcome);
    progress.add(outcome);
    if (flags.json) printJson(context.stdout, jsonOf(outcome), 'line');
  };
  try {
    const written = await runParse(photos, {
      ...{ outDir, options, onOutcome, signal: context.signal },
      skipExisting: flags.skipExisting,
      withPhotos: flags.photos,
      manifest: parser.manifest,
      parser: parser.ready,
      onPhoto: ({ name }) => progress.beginPhoto(name),
    });
    annotations = written?.path;
    if (written !== undefined && written.leftOut > 0) {
      const left = count(written.leftOut, 'photo is', 'photos are');
      printLine(context.stderr, `${left} left out of ${written.path}: no usable masks.json.`);
    }
  } finally {
    progress.end();
    if (report.done > 0) printReport(report, annotations, flags, context);
  }
  if (report.hasFailures) context.exit(exitCodes.failed);
}

/** Ends with a message about the command line if what it asks for cannot be. */
async function readTarget(
  { flags, command, context }: ParseCommandLine,
  { outputs }: ParseOptions,
): Promise<OutTarget> {
  const chosen: readonly OutputName[] | undefined =
    command.getOptionValueSource('outputs') === 'default' ? undefined : outputs;
  const target = await readOutTarget(flags.out, chosen);
  if (typeof target === 'string') return command.error(`error: ${target}.`);
  if (target.kind !== 'stdout') return target;
  if (flags.json) return command.error('error: --out - and --json would both write to standard output.');
  if (context.stdout.isTTY && target.output !== 'masks') {
    return command.error('error: --out - writes a picture, and standard output is a terminal: add "> FILE".');
  }
  return target;
}

/** Where photos come from; what costs to load is loaded when it is needed. */
function openSources(outDir: string, { stdin, signal }: CommandContext): { places: Places; close(): Promise<void> } {
  const web = new WebPhotos(signal);
  let buckets: Promise<Buckets> | undefined;
  const open = async (name: string) => {
    buckets ??= import('../buckets/buckets.ts').then((module) => new module.Buckets(signal));
    return (await buckets).open(name);
  };
  return {
    places: { workingDir: process.cwd(), outDir, buckets: { open }, web, standardInput: standardInput(stdin) },
    close: async () => {
      (await buckets)?.close();
      await web.close();
    },
  };
}

/** For the progress: found again when they are parsed, so that a million photos need no room. */
async function countOf(photos: AsyncIterable<unknown>, progress: RunProgress, signal: AbortSignal): Promise<number> {
  let number = 0;
  progress.look(number);
  for await (const _photo of photos) {
    signal.throwIfAborted();
    number += 1;
    progress.look(number);
  }
  return number;
}

function printReport(
  report: RunReport,
  annotations: string | undefined,
  flags: ParseCommandFlags,
  { stdout, config }: CommandContext,
): void {
  if (flags.json) return printJson(stdout, { summary: report.summary(annotations) }, 'line');
  const settings = { widthColumns: stdout.columns ?? 120, color: config.color, outDir: flags.out };
  printTable(stdout, report.text(settings, annotations));
}

/** One line of `--json`, with the field names of the service's results. */
function jsonOf(outcome: PhotoOutcome): object {
  const { path: photo, folder } = outcome.photo;
  const { status } = outcome;
  if (status === 'skipped') return { photo, status, folder };
  if (status === 'failed') {
    const { code, message } = outcome.error;
    return { photo, status, error: { code, message } };
  }
  const { summary, files, timings } = outcome;
  return { photo, status, folder, ...summary, files, timings };
}
