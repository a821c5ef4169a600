/**
 * Finds or builds a model's bundle. Prints `building` if it has to build it, and the bundle's folder at the end. Runs
 * in its own process, because building takes memory that the demo would never give back. Arguments: the model's name or
 * folder, and the cache folder.
 */
import { resolveBundle } from '@m2fp/compiler/bundles';

const [model = 'portrait', cacheDir = ''] = process.argv.slice(2);
try {
  console.log(await resolveBundle(model, { cacheDir, onBuild: () => console.log('building') }));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
