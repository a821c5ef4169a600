import type { Contender, PythonPackage } from './contenders.ts';
import { PythonProcess } from './python-process.ts';

/** A Python that runs, and the versions of those of the packages above that it has. */
export interface Python {
  readonly path: string;
  readonly version: string;
  readonly packages: Readonly<Partial<Record<PythonPackage, string>>>;
}

/** On the PATH, unless one is named. */
const usualNames = ['python3', 'python'] as const;

/** The first of these that runs; else, why none does. */
export async function findPython(
  named: string | undefined,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Python | string> {
  const names = named === undefined ? usualNames : [named];
  const reasons: string[] = [];
  for (const path of names) {
    const process = new PythonProcess(path, environment, signal);
    try {
      const { python, packages } = await process.request({ type: 'probe' }, 'probed');
      const found = Object.entries(packages).filter((entry): entry is [string, string] => entry[1] !== null);
      return { path, version: python, packages: Object.fromEntries(found) };
    } catch (error) {
      signal.throwIfAborted();
      const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      const reason = error instanceof Error ? error.message : String(error);
      if (named !== undefined || !isAbsent) reasons.push(`${path} does not run: ${reason}`);
    } finally {
      process.close();
    }
  }
  if (named !== undefined) return reasons.join(' ');
  const found = reasons.length === 0 ? 'There is no Python on the PATH' : 'No Python on the PATH runs';
  return [`${found} (${names.join(', ')}): name one by --python.`, ...reasons].join(' ');
}

/** What has to be installed before a contender can be measured; undefined if nothing. */
export function missingFor(contender: Contender, { path, version, packages }: Python): string | undefined {
  const missing = contender.packages.filter((name) => packages[name] === undefined);
  if (missing.length === 0) return undefined;
  const lacks = `${path} (Python ${version}) lacks ${missing.join(', ')}`;
  return `${contender.name} was not measured: ${lacks}. To install: ${path} -m pip install ${missing.join(' ')}`;
}
