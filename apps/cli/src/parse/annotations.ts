export const annotationsName = 'annotations.json';
export async function assertReplaceableAnnotations(_path: string): Promise<void> {}
export async function writeAnnotations(
  _path: string,
  _out: string,
  _folders: readonly string[],
  _signal: AbortSignal,
): Promise<void> {}
