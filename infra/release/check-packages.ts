/**
 * `npm run check:packages -- [FOLDER]`: all published packages as their users have them. They are packed (or taken from
 * a folder of tarballs), looked at by publint and are-the-types-wrong, and installed into an empty folder. There the
 * library and `m2fp parse` have to write the same bytes as this repository's, on the oldest Node that is supported and
 * on newer ones, and `m2fp serve` has to parse a photo. Prints the sizes that docs/packages.md has; exits with 1 if
 * anything is wrong. Nothing is left afterward.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { nodePackage, run } from './users-folder.ts';
import { faultsOfLibrary, faultsOfLibraryTypes } from './check-library.ts';
import { checkServe } from './check-serve.ts';
import { faultsOfFiles, faultsOfPublint, faultsOfTypes } from './faults.ts';
import { npmCommand } from './npm.ts';
import { packAll } from './pack.ts';
import { publishedPackages, repository, type WorkspacePackage } from './workspace.ts';

/** The oldest of each that the packages are said to run on, and the newest. */
const nodeVersions = ['22.12.0', '22', '24'] as const;
const photo = join(repository, 'packages/page/public/samples/sample1.jpg');
const outputs = 'masks,colormap,instances,overlay,cutout,people,parse-lip,parse-atr,agnostic';

const nodeFile = process.platform === 'win32' ? 'node.exe' : 'node';

let failures = 0;

function tell(what: string, faults: readonly string[]): void {
  console.log(`${faults.length === 0 ? 'ok    ' : 'FAILED'} ${what}`);
  for (const fault of faults) console.log(`         ${fault}`);
  failures += faults.length;
}

function tarballName({ manifest: { name, version } }: WorkspacePackage): string {
  return `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
}

/** What it throws is a fault too. */
async function look(what: string, find: () => Promise<readonly string[]>): Promise<void> {
  tell(what, await find().catch((error: unknown) => [error instanceof Error ? error.message : String(error)]));
}

/**
 * An empty project with all packages, from their tarballs. What npm would get for them from the registry, it gets here.
 * No script runs: onnxruntime-node's would download libraries for graphics cards.
 */
async function install(packages: readonly WorkspacePackage[], tarballs: string, folder: string): Promise<void> {
  const ours = packages.map((one) => [one.manifest.name, `file:${join(tarballs, tarballName(one))}`]);
  const nodes = nodeVersions.map((version) => [`node-${version}`, `npm:${nodePackage()}@${version}`]);
  const dependencies = Object.fromEntries([...ours, ...nodes]) as Record<string, string>;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await run(...npmCommand(args), folder);
}

/** Parses the photo. Returns the files that it wrote, by path. */
async function parse(node: string, program: string, folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const out = mkdtempSync(join(folder, 'out-'));
  await run(node, [program, 'parse', 'photo.jpg', '--out', out, '--outputs', outputs, '--threads', '2'], folder);
  const entries = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [path.slice(out.length + 1), readFileSync(path)]));
}

function differences(files: ReadonlyMap<string, Buffer>, expected: ReadonlyMap<string, Buffer>): string[] {
  const paths = [...new Set([...files.keys(), ...expected.keys()])].sort();
  return paths
    .filter((path) => !files.get(path)?.equals(expected.get(path) ?? Buffer.alloc(0)))
    .map((path) => `${path} differs from what the repository’s own m2fp writes`);
}

async function checkParsing(folder: string): Promise<void> {
  copyFileSync(photo, join(folder, 'photo.jpg'));
  const expected = await parse(process.execPath, join(repository, 'apps/cli/bin/m2fp.js'), folder);
  const installed = join(folder, 'node_modules/m2fp/bin/m2fp.js');
  const ofPhoto = new Map(
    [...expected]
      .filter(([path]) => path.startsWith(`photo${sep}`))
      .map(([path, bytes]) => [path.slice(`photo${sep}`.length), bytes]),
  );
  for (const version of nodeVersions) {
    const node = join(folder, 'node_modules', `node-${version}`, 'bin', nodeFile);
    await look(`m2fp parse on Node ${version}`, async () =>
      differences(await parse(node, installed, folder), expected),
    );
    const ofLibrary = { photo: 'photo.jpg', outputs, expected: ofPhoto };
    await look(`@m2fp/core on Node ${version}`, () => faultsOfLibrary(folder, node, ofLibrary));
  }
  await look('programs that TypeScript checks against @m2fp/core', () => faultsOfLibraryTypes(folder));
}

/** The installed model is in 8 bits already: what to do instead is said before anything is computed. */
async function checkQuantizing(folder: string): Promise<void> {
  const node = join(folder, 'node_modules', `node-${nodeVersions[0]}`, 'bin', nodeFile);
  const args = ['model', 'quantize', 'portrait', '--calibrate', 'photo.jpg', '--out', 'portrait8'];
  const expected = 'error: @m2fp/portrait has the portrait model in 8 bits only.';
  await look('m2fp model quantize portrait names what it lacks', async () => {
    const told = await run(node, [join(folder, 'node_modules/m2fp/bin/m2fp.js'), ...args], folder).then(
      () => 'it made a model',
      (error: unknown) => String(error),
    );
    return told.includes(expected) ? [] : [told];
  });
}

async function checkService(folder: string): Promise<void> {
  for (const version of [nodeVersions[0], nodeVersions[2]]) {
    const startedMs: number[] = [];
    await look(`m2fp serve on Node ${version}`, async () => {
      startedMs.push(await checkServe(folder, join(folder, 'node_modules', `node-${version}`, 'bin')));
      return [];
    });
    for (const ms of startedMs) console.log(`         its address after ${(ms / 1000).toFixed(1)} s`);
  }
}

const packages = publishedPackages();
const folder = mkdtempSync(join(tmpdir(), 'm2fp-packages-'));
try {
  const given = process.argv[2];
  const tarballs = given === undefined ? join(folder, 'tarballs') : resolve(given);
  if (given === undefined) await packAll(packages, tarballs);
  const project = join(folder, 'project');
  mkdirSync(project);
  await install(packages, tarballs, project);
  const names = new Set(packages.map(({ manifest }) => manifest.name));
  for (const one of packages) {
    const tarball = readFileSync(join(tarballs, tarballName(one)));
    const installed = join(project, 'node_modules', one.manifest.name);
    const found = faultsOfFiles(installed, names);
    const faults = [...found.faults, ...(await faultsOfPublint(installed)), ...(await faultsOfTypes(tarball))];
    const size = `${Math.ceil(tarball.length / 1000)} kB, ${Math.ceil(found.bytes / 1000)} kB unpacked`;
    tell(`${one.manifest.name}: ${size}, ${found.count} files`, faults);
  }
  await checkParsing(project);
  await checkQuantizing(project);
  await checkService(project);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(failures === 0 ? `All ${packages.length} packages are fine.` : `${failures} faults.`);
process.exitCode = failures === 0 ? 0 : 1;
