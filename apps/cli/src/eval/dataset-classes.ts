import { basename, dirname } from 'node:path';
import { tableOf } from '@m2fp/compiler/m2fp';
import { type Dataset, type DatasetClasses, readClasses } from '@m2fp/evaluation';

/**
 * The classes of a data set: those of `file` or its `labels.txt`, else those of the published data set that its folder,
 * or the one above, is called after, as `cihp/Validation`. undefined if neither says.
 */
export async function classesOf({ dir }: Dataset, file?: string): Promise<DatasetClasses | undefined> {
  const table = tableOf(basename(dir)) ?? tableOf(basename(dirname(dir)));
  return (await readClasses(dir, file)) ?? (table && { names: table.names, isGuess: true });
}
