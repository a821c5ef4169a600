import { Command } from 'commander';
import { type CommandContext, exitCodes, printLine } from '../command-context.ts';
import { describeModel } from '../inspect/describe-model.ts';

const help = `
Examples:
  m2fp model inspect bundle/            a model bundle; its files are checked against their sha256
  m2fp model inspect people             the one that "m2fp model pull people" made
  m2fp model inspect checkpoint/ --json a checkpoint: also what the network does not need, and what is filled in`;

/** `m2fp model inspect`: what a bundle or a checkpoint holds. */
export function createModelInspectCommand(context: CommandContext): Command {
  return new Command('inspect')
    .description('say what a model bundle or a checkpoint holds')
    .argument('<dir>', 'folder of either, or portrait, people, single')
    .option('--json', 'print JSON', false)
    .addHelpText('after', help)
    .action((dir: string, { json }: { json: boolean }) => run(dir, json, context));
}

const modelNames: readonly string[] = ['portrait', 'people', 'single'];

async function run(model: string, json: boolean, context: CommandContext): Promise<void> {
  const [{ inspectModel }, { resolveBundle }] = await Promise.all([
    import('@m2fp/compiler/inspect'),
    import('@m2fp/compiler/bundles'),
  ]);
  const dir = modelNames.includes(model) ? await resolveBundle(model, { cacheDir: context.config.cacheDir }) : model;
  const report = await inspectModel(dir);
  printLine(context.stdout, json ? JSON.stringify(report, null, 2) : describeModel(dir, report));
  // Tensors that are missing or of another shape: it will not convert.
  if (report.what === 'checkpoint' && report.problems.length > 0) context.exit(exitCodes.failed);
}
