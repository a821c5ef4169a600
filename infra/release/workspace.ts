/** The workspace's packages: which of them are published, and in which order they need each other. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';

const dependenciesSchema = z.record(z.string(), z.string()).default({});

/** A package.json as the repository has it. What is not named here is passed on as it is. */
const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  exports: z.record(z.string(), z.string()).default({}),
  files: z.array(z.string()).default([]),
  scripts: z.record(z.string(), z.string()).default({}),
  dependencies: dependenciesSchema,
  optionalDependencies: dependenciesSchema,
});

export type Manifest = z.infer<typeof manifestSchema>;

export interface WorkspacePackage {
  /** Absolute path of its folder. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The repository's root, wherever this program is started. */
export const repository = resolve(import.meta.dirname, '../..');

export function readPackage(folder: string): WorkspacePackage {
  const written = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as object;
  // Its fields in the order in which they are written.
  return { folder, manifest: { ...written, ...manifestSchema.parse(written) } };
}

/** Every package, those of the repository alone included. */
export function workspacePackages(root = repository): WorkspacePackage[] {
  const manifests = globSync('{packages,apps}/*/package.json', { cwd: root }).sort();
  return manifests.map((path) => readPackage(dirname(join(root, path))));
}

/** Every package that is published, which is said by its `prepack` script; before those that need it. */
export function publishedPackages(root = repository): WorkspacePackage[] {
  const all = workspacePackages(root).filter(({ manifest }) => manifest.scripts['prepack'] !== undefined);
  return withNeeded(
    all,
    all.map(({ manifest }) => manifest.name),
  );
}

/** Those with these names and what they need, needed ones first. Throws an Error for a name that there is not. */
export function withNeeded(all: readonly WorkspacePackage[], names: readonly string[]): WorkspacePackage[] {
  const byName = new Map(all.map((one) => [one.manifest.name, one]));
  const ordered = new Set<WorkspacePackage>();
  const add = (one: WorkspacePackage): void => {
    const { dependencies, optionalDependencies } = one.manifest;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const needed = byName.get(name);
      if (needed && !ordered.has(needed)) add(needed);
    }
    ordered.add(one);
  };
  for (const name of names) {
    const one = byName.get(name);
    if (!one) throw new Error(`${name} is not a package that is published.`);
    add(one);
  }
  return [...ordered];
}
