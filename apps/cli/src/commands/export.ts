import { basename, resolve } from 'node:path';
import type { AppError } from '@m2fp/contract';
import { type ExportFormatName, exportFormatNames, exportFormats, type ParsedPhoto } from '@m2fp/datasets/export';
import { count } from '@m2fp/terminal';
import { Command, Option } from 'commander';
import { parseBucketUrl } from '../buckets/bucket-url.ts';
import { Buckets } from '../buckets/buckets.ts';
import { type CommandContext, exitCodes, printJson, printLine, withStatus } from '../command-context.ts';
import { batchOfApi } from '../export/batch-of-api.ts';
import { batchInBucket, resultsOfBatch } from '../export/results-of-batch.ts';
import { resultsOnDisk } from '../export/results-on-disk.ts';
import { runExport } from '../export/run-export.ts';

interface Flags {
  readonly format: ExportFormatName;
  readonly out: string;
  readonly polygons: boolean;
  /** A folder, or false with `--no-photos`. */
  readonly photos?: string | boolean;
  readonly imageUrl?: string;
  readonly api?: string;
  readonly apiKey?: string;
  readonly json: boolean;
}

const help = `
Formats:
${exportFormatNames.map((name) => `  ${name.padEnd(14)}${exportFormats[name].summary}`).join('\n')}

RESULTS is a folder that "m2fp parse" or the demo made, or s3://bucket/prefix with a batch's results and its
manifest.jsonl, read with the service's settings (S3_ENDPOINT, AWS_ACCESS_KEY_ID …). With --api it is the id of a batch;
its photos have to be here then (--photos), under the names of their keys, or are left out (--no-photos).

Examples:
  m2fp export out --format yolo                      a folder of results as a data set in dataset/
  m2fp export out --format coco --polygons --out coco
  m2fp export out --format lip --out mine            then: m2fp eval --model bundle/ --dataset mine
  m2fp export out --format cvat --no-photos          the XML alone, for a task that has the photos
  m2fp export out --format yolo --photos photos/     after "m2fp parse photos/ --no-photos"
  m2fp export s3://bucket/results/album-7/ --format coco --out album
  m2fp export batch_0f3c… --api http://localhost:5000 --format coco --photos album/

Exit code 1 if a photo was left out, which a line says; docs/datasets.md says what each format keeps and loses.`;

/** `m2fp export`: results as a data set in another tool's format. */
export function createExportCommand(context: CommandContext): Command {
  return new Command('export')
    .argument('<results>', 'folder of results, s3://bucket/prefix of a batch, or with --api its id')
    .addOption(
      new Option('-f, --format <name>', 'format of the data set').choices(exportFormatNames).makeOptionMandatory(),
    )
    .option('-o, --out <dir>', 'folder for the data set: new, empty, or of an earlier export', 'dataset')
    .option('--polygons', 'polygons instead of masks (coco, cvat, label-studio)', false)
    .option('--photos <dir>', 'where the photos are, if not beside the results')
    .option('--no-photos', 'without the photos')
    .option('--image-url <prefix>', 'what the photos’ addresses begin with (label-studio)')
    .option('--api <url>', 'where the service is, for a batch by its id')
    .option('--api-key <key>', 'for it; M2FP_API_KEY by default')
    .option('--json', 'print the summary as JSON', false)
    .addHelpText('after', help)
    .action((results: string, flags: Flags) => run(results, flags, context));
}

/** Of failures that are printed or listed. */
const mostFailures = 100;

async function run(results: string, flags: Flags, context: CommandContext): Promise<void> {
  const { stdout, stderr, signal } = context;
  const outDir = resolve(flags.out);
  const failures: { photo: string; code: string; message: string }[] = [];
  let failed = 0;
  let done = 0;
  const onPhoto = (photo: string, error: AppError | undefined): void => {
    done += 1;
    if (error === undefined) return;
    failed += 1;
    if (failures.length >= mostFailures) return;
    const { code, message } = error;
    failures.push({ photo, code, message });
    if (!flags.json) printLine(stderr, `${photo} is left out: ${code}: ${message}`);
  };
  const buckets = new Buckets(signal);
  let exported: number;
  try {
    const options = {
      polygons: flags.polygons,
      withPhotos: flags.photos !== false,
      imageUrl: flags.imageUrl ?? localFilesUrl(outDir),
    };
    const format = exportFormats[flags.format];
    const found = findResults(results, flags, buckets, context);
    exported = await withStatus(
      context,
      () => `Writing ${flags.format}: ${count(done, 'photo', 'photos')}`,
      () => runExport(found, { format, options, outDir, signal, onPhoto }),
    );
  } finally {
    buckets.close();
  }
  if (exported + failed === 0) throw new Error(`${results} has no results in it.`);
  const summary = { format: flags.format, out: exported === 0 ? null : outDir, exported, failed, failures };
  if (flags.json) printJson(stdout, summary, 'line');
  else
    printLine(stdout, `${count(exported, 'photo', 'photos')} in ${flags.out}/ (${flags.format}), ${failed} left out.`);
  if (failed > 0) context.exit(exitCodes.failed);
}

function findResults(
  results: string,
  { photos, api, apiKey }: Flags,
  buckets: Buckets,
  { config, signal }: CommandContext,
): AsyncIterable<ParsedPhoto> {
  const folder = typeof photos === 'string' ? resolve(photos) : undefined;
  if (api !== undefined) {
    return resultsOfBatch(batchOfApi(results, { url: api, key: apiKey ?? config.apiKey }, signal), folder);
  }
  const url = parseBucketUrl(results);
  if (url !== undefined) return resultsOfBatch(batchInBucket(buckets.open(url.bucket), url.prefix), folder);
  return resultsOnDisk(resolve(results), folder ?? resolve(results));
}

/** Label Studio's own, with the folder above the data set as LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT. */
function localFilesUrl(outDir: string): string {
  return `/data/local-files/?d=${encodeURIComponent(basename(outDir))}/`;
}
