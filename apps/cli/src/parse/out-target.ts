/** Where results go: into folders, or one file of one photo into a file or to standard output. */
import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { isPersonal, outputFileName, type OutputName, outputNames } from '@m2fp/contract';

export type OutTarget =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly output: OutputName }
  | { readonly kind: 'stdout'; readonly output: OutputName };

/** Outputs that are one file. */
const single: readonly OutputName[] = outputNames.filter((output) => !isPersonal(output));

/**
 * What `--out` means. A name that ends as results do (`cut.png`) is a file, unless there is a folder of that name.
 * @param chosen the outputs that were asked for; undefined if none were
 * @returns in words why it cannot be: for a file, there has to be one output
 */
export async function readOutTarget(
  out: string,
  chosen: readonly OutputName[] | undefined,
): Promise<OutTarget | string> {
  const path = resolve(out);
  const extension = extname(out).toLowerCase().replace('.jpeg', '.jpg');
  const fitting = single.filter((output) => out === '-' || extname(outputFileName(output)) === extension);
  const isFolder = async () => (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (fitting.length === 0 || (out !== '-' && (await isFolder()))) return { kind: 'folder', path };
  const [output, another] = chosen ?? fitting;
  const what = out === '-' ? 'standard output' : out;
  if (output === undefined || another !== undefined) {
    return `${what} takes one file: choose it with --outputs (${fitting.join(', ')})`;
  }
  if (!fitting.includes(output)) {
    const kind = isPersonal(output) ? 'a file for each person' : `a ${extname(outputFileName(output))} file`;
    return `${what} cannot take ${output}, which is ${kind}: choose one of ${fitting.join(', ')}`;
  }
  return out === '-' ? { kind: 'stdout', output } : { kind: 'file', path, output };
}
