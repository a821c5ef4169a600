import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { resolveBundle } from '@m2fp/compiler/bundles';
import { modelNames, pulledBundleDir, type PublishedModelName } from '@m2fp/core/bundles';
import { Command } from 'commander';
import { type CommandContext, printLine, withStatus } from '../command-context.ts';

const help = `
When onnxruntime loads a model, it joins steps of the network and lays out the weights for this machine's CPU. This
command keeps the result among the user's caches: the model then loads in a third to two thirds of the time, and
processes share the float32 weights instead of having a copy each. Results are the same bytes.

Commands that make a bundle do this by themselves; it is for a bundle that came from another machine, and after an
update of onnxruntime. It takes some seconds, and as much disk space as the bundle. Linux only.

Examples:
  m2fp model optimize bundle/
  m2fp model optimize people`;

/** `m2fp model optimize`: what onnxruntime does at each load, done once. */
export function createModelOptimizeCommand(context: CommandContext): Command {
  return new Command('optimize')
    .description('have a model bundle load sooner on this machine')
    .argument('<bundle>', `folder of a model bundle, or ${modelNames.join(', ')}`)
    .addHelpText('after', help)
    .action((bundle: string) => run(bundle, context));
}

async function run(model: string, context: CommandContext): Promise<void> {
  const { config, stdout } = context;
  const { optimizeBundle } = await import('@m2fp/core/model');
  const dir = await resolveBundle(model, config);
  const made = await withStatus(
    context,
    () => 'Optimizing',
    () => optimizeBundle(dir, config.cacheDir),
  );
  printLine(stdout, 'dir' in made ? `${model}: optimized in ${made.dir}.` : `${model} stays as it is: ${made.why}.`);
}

/** Far longer than it takes. */
const timeoutMs = 10 * 60_000;
const program = fileURLToPath(new URL('../../bin/m2fp.js', import.meta.url));

/**
 * After a command that has made a bundle. Not in this process: onnxruntime keeps memory, and converting is to fit into
 * small machines. The bundle is made and works, so a fault is only noted.
 */
export async function optimizeMade(action: Command, context: CommandContext): Promise<void> {
  const { config, signal, stderr } = context;
  const dir = bundleMadeBy(action, config.cacheDir);
  if (dir === undefined) return;
  const { isWorthOptimizing } = await import('@m2fp/core/model');
  if (!(await isWorthOptimizing(dir).catch(() => false))) return;
  const env = { ...config.parserEnvironment, M2FP_CACHE_DIR: config.cacheDir };
  const options = { env, signal, timeout: timeoutMs, killSignal: 'SIGKILL' } as const;
  try {
    await withStatus(
      context,
      () => 'Optimizing it for this machine',
      () => promisify(execFile)(process.execPath, [program, 'model', 'optimize', dir], options),
    );
  } catch (error) {
    signal.throwIfAborted();
    const { stderr: said = '' } = error as { stderr?: string };
    const reason = said.trim() === '' ? String(error) : said.trim().split('\n').at(-1);
    printLine(stderr, `note: it could not be optimized for this machine, and loads as it is: ${reason}`);
  }
}

/** They all have `--out`; only `pull` can do without. */
function bundleMadeBy(action: Command, cacheDir: string): string | undefined {
  const { out, convert } = action.opts<{ out?: string; convert?: boolean }>();
  if (action.name() !== 'pull' || out !== undefined) return out;
  return convert === false ? undefined : pulledBundleDir(action.args[0] as PublishedModelName, cacheDir);
}
