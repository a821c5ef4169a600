import { type BuiltModel, modelNames, namedModels, type PublishedModel } from '@m2fp/core/bundles';
import { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { createModelCheckCommand } from './model-check.ts';
import { createModelConvertCommand } from './model-convert.ts';
import { createModelImportCommand } from './model-import.ts';
import { createModelInspectCommand } from './model-inspect.ts';
import { createModelOptimizeCommand, optimizeMade } from './model-optimize.ts';
import { createModelPullCommand } from './model-pull.ts';
import { createModelQuantizeCommand } from './model-quantize.ts';
import { createModelSynthCommand } from './model-synth.ts';

const help = `
Models that have a name:
${describeNamedModels()}

Examples:
  m2fp model pull people                                     fetch ModelScope's weights and convert them
  m2fp model convert checkpoint/ --out bundle/               convert a checkpoint that is already here
  m2fp model convert model_final.pth --config m2fp.yaml --out bundle/   one of detectron2
  m2fp model import schp.onnx --preset schp-lip --out schp/  any segmentation network in ONNX
  m2fp model inspect bundle/                                 what a bundle or a checkpoint holds
  m2fp model check bundle/ --golden golden/people            compare a bundle with the reference's results
  m2fp model quantize bundle/ --calibrate photos/ --out bundle8/   int8: faster and smaller
  m2fp model optimize bundle/                                have one from elsewhere load sooner here
  m2fp model synth --arch r101 --kind people --out bundle/   random weights, to try speed and memory`;

/** `m2fp model …`: everything about model bundles. */
export function createModelCommand(context: CommandContext): Command {
  const { config, stderr, signal } = context;
  return new Command('model')
    .addHelpText('after', help)
    .hook('postAction', (_, action) => optimizeMade(action, context))
    .addCommand(createModelPullCommand({ cacheDir: config.cacheDir, output: stderr, signal }))
    .addCommand(createModelConvertCommand(context))
    .addCommand(createModelImportCommand(context))
    .addCommand(createModelSynthCommand(context))
    .addCommand(createModelQuantizeCommand(context))
    .addCommand(createModelOptimizeCommand(context))
    .addCommand(createModelInspectCommand(context))
    .addCommand(createModelCheckCommand(context));
}

function describeNamedModels(): string {
  const rows = modelNames.map((name) => {
    const { kind, summary, license, ...model }: BuiltModel | PublishedModel = namedModels[name];
    const how =
      model.obtained === 'pulled'
        ? `fetched by "m2fp model pull ${name}"`
        : `in ${model.package}, or built on first use`;
    return `  ${name.padEnd(10)}${summary}; kind ${kind}; ${license}; ${how}`;
  });
  return rows.join('\n');
}
