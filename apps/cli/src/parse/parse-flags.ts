import { outputNames, paletteNames, parseOptionsSchema, type ParseOptions } from '@m2fp/contract';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';

type NumberName = 'short_side' | 'max_side' | 'score_threshold' | 'top_k' | 'score_step';

const numberFlags: readonly { readonly name: NumberName; readonly flag: string; readonly help: string }[] = [
  { name: 'short_side', flag: '--short-side <px>', help: 'short side that a photo is resized to for the network' },
  { name: 'max_side', flag: '--max-side <px>', help: 'the long side never passes this' },
  { name: 'score_threshold', flag: '--score-threshold <0..1>', help: 'drop masks whose score is not above this' },
  { name: 'top_k', flag: '--top-k <n>', help: 'look at this many of the likeliest masks (models for many people)' },
  { name: 'score_step', flag: '--score-step <0..1>', help: 'round scores to this step before painting; 0: not at all' },
];

/** Adds a flag for each parse option. Ranges and defaults are those of the service's own schema. */
export function addParseFlags(command: Command): Command {
  const defaults = parseOptionsSchema.parse({});
  for (const { name, flag, help } of numberFlags) {
    command.addOption(
      new Option(flag, help).argParser(numberParser(parseOptionsSchema.shape[name])).default(defaults[name]),
    );
  }
  return command
    .addOption(
      new Option('--palette <name>', 'colours of the pictures').choices(paletteNames).default(defaults.palette),
    )
    .addOption(
      new Option('--outputs <names>', `files to make, comma separated: ${outputNames.join(', ')}`)
        .argParser(parseOutputs)
        .default(defaults.outputs),
    );
}

/** What the flags say, as the service would take it. */
export function readParseOptions(command: Command): ParseOptions {
  const { shortSide, maxSide, scoreThreshold, topK, scoreStep, palette, outputs } =
    command.opts<Record<string, unknown>>();
  return parseOptionsSchema.parse({
    short_side: shortSide,
    max_side: maxSide,
    score_threshold: scoreThreshold,
    top_k: topK,
    score_step: scoreStep,
    palette,
    outputs,
  });
}

function numberParser(schema: z.ZodType<number>) {
  return (text: string): number => {
    const parsed = schema.safeParse(text.trim() === '' ? NaN : Number(text));
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(parsed.error.issues.map(({ message }) => `${message}.`).join(' '));
  };
}

function parseOutputs(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !(outputNames as readonly string[]).includes(name));
  if (unknown.length === 0) return [...new Set(names)];
  throw new InvalidArgumentError(`Allowed: ${outputNames.join(', ')}.`);
}
