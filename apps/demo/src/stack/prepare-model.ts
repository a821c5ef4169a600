/**
 * Finds or builds a model's bundle; prints `building` where it has to build it, and the folder at the end. A process of
 * its own: building takes memory that the demo would not give back. Arguments: the model's name or folder, the cache
 * folder.
 */
import { resolveBundle } from '@m2fp/compiler/bundles';

const [model = 'portrait', cacheDir = ''] = process.argv.slice(2);
try {
  console.log(await resolveBundle(model, { cacheDir, onBuild: () => console.log('building') }));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
