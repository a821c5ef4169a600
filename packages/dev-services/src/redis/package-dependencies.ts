import { runCommand } from './run-command.ts';

/** The shared-library packages that a .deb needs and this system does not have. */
export async function missingLibraries(debPath: string): Promise<string[]> {
  const { stdout } = await runCommand('dpkg-deb', ['--field', debPath, 'Depends']);
  const missing: string[] = [];
  for (const alternatives of libraryDependencies(stdout)) {
    const [first] = alternatives;
    if (first !== undefined && !(await anyInstalled(alternatives))) missing.push(first);
  }
  return missing;
}

/**
 * A `Depends` field as alternatives a dependency, libraries only: service set-up (adduser, init scripts) matters to an
 * installed Redis, not to one that is only run. Syntax: deb-control(5).
 */
export function libraryDependencies(field: string): string[][] {
  return field
    .split(',')
    .map((dependency) => dependency.split('|').map((alternative) => alternative.trim().split(/[\s:(]/)[0] ?? ''))
    .filter(([first]) => first?.startsWith('lib') === true);
}

async function anyInstalled(names: readonly string[]): Promise<boolean> {
  for (const name of names) {
    const { code, stdout } = await runCommand('dpkg-query', ['--show', '--showformat=${db:Status-Status}\n', name]);
    if (code === 0 && stdout.split('\n').includes('installed')) return true;
  }
  return false;
}
