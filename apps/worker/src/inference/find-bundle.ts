/**
 * Finds or builds a model's bundle, in a process of its own: `find-bundle.ts <model> [<cache folder>]`. Prints JSON:
 * its folder, or the code and the message of an `AppError`.
 */
import { toAppError } from '@m2fp/contract';
import { resolveBundle } from '@m2fp/compiler/bundles';
import { defaultCacheDir } from '@m2fp/core/bundles';

const [model = '', cacheDir = defaultCacheDir()] = process.argv.slice(2);
try {
  console.log(JSON.stringify({ bundle: await resolveBundle(model, { cacheDir }) }));
} catch (error) {
  const { code, message } = toAppError(error);
  console.log(JSON.stringify({ code, message }));
}
