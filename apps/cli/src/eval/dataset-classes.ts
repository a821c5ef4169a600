import { basename, dirname } from 'node:path';
import { readLabelNames, tableOf } from '@m2fp/compiler/m2fp';
import { type Dataset, type DatasetClasses, findLabelsFile } from '@m2fp/evaluation';

/**
 * The classes of a data set: those of `file` or its `labels.txt`, else those of the published data set that its folder,
 * or the one above, is called after, as `cihp/Validation`. undefined if neither says. Throws `model_unavailable` for a
 * file that is no list of names.
 */
export async function classesOf({ dir }: Dataset, file?: string): Promise<DatasetClasses | undefined> {
  const path = file ?? (await findLabelsFile(dir));
  if (path !== undefined) return { names: await readLabelNames(path), isGuess: false };
  const table = tableOf(basename(dir)) ?? tableOf(basename(dirname(dir)));
  return table && { names: table.names, isGuess: true };
}
