import { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { addParseFlags } from '../parse/parse-flags.ts';
import type { ParseCommandFlags } from '../parse/parse-command-line.ts';
import { modelOption, threadsOption } from './shared-options.ts';

const help = `
Each photo gets its own folder in --out: masks.json (COCO), colormap.png, instances.png, and others on request. Folders
are searched with all folders in them; hidden files, --out itself and results of earlier runs are passed over. With
masks among the outputs, --out is a data set at the end: annotations.json (COCO) of all photos, and the photos beside it.

"-" is a photo on standard input; https:// and http:// addresses are fetched, within a minute and 25 MiB each.
s3://bucket/prefix reads photos from a bucket, with the service's settings: S3_ENDPOINT, S3_REGION,
S3_FORCE_PATH_STYLE, S3_TIMEOUT_MS and AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.

With "--out -", or a file such as cut.png, one output of one photo goes to standard output, or into that file.

Examples:
  m2fp parse photo.jpg                               results in out/photo/
  m2fp parse me.jpg --outputs colormap,overlay       the label map, and the label map over the photo
  m2fp parse photos/ me.png --out results            a folder of photos and one more photo
  m2fp parse https://example.com/me.jpg              a photo from the web
  m2fp parse me.jpg --outputs cutout --out cut.png   one file, no folder
  m2fp parse - --outputs cutout --out - <me.jpg >cut.png
  m2fp parse photos/ --skip-existing                 go on where the last run stopped
  m2fp parse s3://bucket/album/ --no-photos          photos from a bucket, without copies of them in out/
  m2fp parse photos/ --model people --short-side 720 M2FP, after "m2fp model pull people"
  m2fp parse photo.jpg --json --outputs masks        one line of JSON per photo, and one of counts
  m2fp export out --format yolo --out dataset        what to do with it then

Ctrl-C lets the current photo finish; a second one stops at once. Exit code 1 if a photo failed; the others are parsed
anyway, and the summary says which and why.`;

/** `m2fp parse`: photos to results, without the service. */
export function createParseCommand(context: CommandContext): Command {
  const command = new Command('parse')
    .argument('<photos...>', 'photos (JPEG, PNG, WebP, AVIF), folders of photos, addresses, s3://bucket/prefix, or -')
    .option('-o, --out <dir>', 'folder for the results; or a file, or -, for one output of one photo', 'out')
    .addOption(modelOption())
    .option('--skip-existing', 'leave photos whose results are there, made by this model with these options', false)
    .option('--no-photos', 'do not put the photos beside annotations.json')
    .option('--json', 'print one line of JSON per photo instead of a table', false)
    .addOption(threadsOption(context.config));
  return addParseFlags(command)
    .addHelpText('after', help)
    .action(async (photos: string[], flags: ParseCommandFlags) => {
      // Loaded only now: help and mistakes should not have to wait for it.
      const { runParseCommand } = await import('../parse/run-command.ts');
      await runParseCommand({ args: photos, flags, command, context });
    });
}
