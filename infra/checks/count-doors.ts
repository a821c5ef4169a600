/**
 * `node infra/checks/count-doors.ts` measures how finely the code is cut: prints the production files of 40 lines or
 * fewer that have exactly one importer, which often belong in it, and the apps' lines of production code. Not part of
 * `npm run check`, because a small file with one importer can be right.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const smallFileLines = 40;
const relativeImport = /(?:from|import|import\()\s*['"](\.[^'"]+)['"]|new URL\(\s*['"](\.[^'"]+\.ts)['"]/g;

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'apps', 'packages'])
  .toString()
  .split('\n')
  .filter((file) => /\.ts$/.test(file) && existsSync(file) && !/\.test\.ts$|\.generated\.ts$|\/testing\//.test(file));
const sources = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));

const importers = new Map<string, Set<string>>();
for (const [file, source] of sources) {
  for (const [, imported, forked] of source.matchAll(relativeImport)) {
    const target = path.posix.join(path.posix.dirname(file), imported ?? forked ?? '');
    importers.set(target, (importers.get(target) ?? new Set()).add(file));
  }
}

const lines = (file: string): number => (sources.get(file) ?? '').trimEnd().split('\n').length;
const small = files.filter((file) => lines(file) <= smallFileLines);
const doors = small.filter((file) => importers.get(file)?.size === 1);
const appLines = files.filter((file) => file.startsWith('apps/')).reduce((sum, file) => sum + lines(file), 0);

for (const file of doors) console.log(`${file} (${lines(file)} lines) <- ${[...(importers.get(file) ?? [])].join()}`);
console.log(
  `${doors.length} files of ${smallFileLines} lines or fewer with one importer, of ${small.length} small files`,
);
console.log(`${appLines} lines of production code in apps, ${files.length} production files in all`);
