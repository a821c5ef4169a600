/** The one version of everything, and all places where it is written. The root's package.json says what it is. */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Files in which the version stands in the first group of a pattern. */
const written: readonly (readonly [files: string, pattern: RegExp])[] = [
  ['infra/helm/m2fp/Chart.yaml', /^(?:version|appVersion): (\S+)$/gm],
  // Rendered from the chart by `npm run check:infra -- --fix`, which needs Helm; the version is a word in them.
  ['infra/k8s/**/*.yaml', /app\.kubernetes\.io\/version: "([^"\n]+)"/g],
  ['infra/k8s/**/*.yaml', /image: "?[^\s:"]*m2fp-[a-z]+:([^\s"]+)/g],
  ['docs/kubernetes.md', /the tag `([^`\n]+)`/g],
];

const record = z.record(z.string(), z.string()).optional();
const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  dependencies: record,
  devDependencies: record,
  optionalDependencies: record,
  peerDependencies: record,
});
const lockSchema = z.object({ version: z.string(), packages: z.record(z.string(), z.looseObject({})) });

const read = (root: string, path: string): string => readFileSync(join(root, path), 'utf8');
const readManifest = (root: string, path: string) => manifestSchema.parse(JSON.parse(read(root, path)));

export function currentVersion(root: string): string {
  return readManifest(root, 'package.json').version;
}

/** What has another version than the root's package.json, a line each. */
export function versionFaults(root: string): string[] {
  const version = currentVersion(root);
  const folders = globSync('{packages,apps}/*/package.json', { cwd: root }).map((path) => path.replace(/\/[^/]+$/, ''));
  const ours = folders.map((folder) => readManifest(root, `${folder}/package.json`));
  const names = new Set(ours.map(({ name }) => name));
  const lock = lockSchema.parse(JSON.parse(read(root, 'package-lock.json')));
  const found = [
    ['package-lock.json', lock.version],
    ...folders.map((folder) => [`package-lock.json: ${folder}`, String(lock.packages[folder]?.['version'])]),
    ...ours.map(({ name, version: own }) => [name, own]),
    ...ours.flatMap((manifest) => neededOf(manifest, names)),
    ...written.flatMap(([files, pattern]) =>
      globSync(files, { cwd: root }).flatMap((path) =>
        [...read(root, path).matchAll(pattern)].map(([, version = '']) => [path, version]),
      ),
    ),
  ] as [place: string, version: string][];
  return found
    .filter(([, other]) => other !== version)
    .map(([place, other]) => `${place} has ${other}, not ${version}`);
}

/** In which version a package needs others of ours: exactly the common one, so that only what was tested fits. */
function neededOf(manifest: z.infer<typeof manifestSchema>, names: ReadonlySet<string>): [string, string][] {
  const { name, dependencies, devDependencies, optionalDependencies, peerDependencies } = manifest;
  const needed = [dependencies, devDependencies, optionalDependencies, peerDependencies];
  return needed
    .flatMap((kind) => Object.entries(kind ?? {}))
    .filter(([other]) => names.has(other))
    .map(([other, version]) => [`${name}, which needs ${other}`, version]);
}

/** Writes the version wherever changesets and npm do not: they know the workspace's packages and the lock file. */
export function writeVersion(root: string, version: string): void {
  const manifest = read(root, 'package.json');
  writeFileSync(join(root, 'package.json'), manifest.replace(/^ {2}"version": "[^"]+"/m, `  "version": "${version}"`));
  for (const [files, pattern] of written) {
    for (const path of globSync(files, { cwd: root })) {
      const put = (match: string, old: string): string => match.replace(old, version);
      writeFileSync(join(root, path), read(root, path).replace(pattern, put));
    }
  }
}
