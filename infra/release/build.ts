/**
 * `node infra/release/build.ts TARGET [NAME…]` writes packages in their published form into `TARGET/NAME`, all of them
 * or those that are named and what they need of ours. It is what the images run.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stagePackage } from './stage.ts';
import { publishedPackages, withNeeded, workspacePackages } from './workspace.ts';

const [target, ...names] = parseArgs({ allowPositionals: true }).positionals;
if (target === undefined) throw new Error('usage: build.ts TARGET [NAME…]');
for (const one of names.length === 0 ? publishedPackages() : withNeeded(workspacePackages(), names)) {
  await stagePackage(one, join(target, one.manifest.name));
}
