/** The library as its users have it, in a folder where npm has installed the packed packages. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './users-folder.ts';
import { repository } from './workspace.ts';

/** Writes every output of a photo into a folder, parsed in its own process and beside it. */
const allOutputs = `
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadParser } from '@m2fp/core';

const [photo, outputs, folder] = process.argv.slice(2);
for (const processes of [0, 1]) {
  const parser = await loadParser('portrait', { processes, threads: 2 });
  const result = await parser.parse(photo, { outputs: outputs.split(',') });
  for (const { name, bytes } of await result.files()) {
    const path = join(folder, String(processes), name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
  await parser.close();
}
`;

const typedProgram = `
import { AppError, encodeRle, loadParser, maskBitmap, type OutputFile, type ParseResult } from '@m2fp/core';

const parser = await loadParser('portrait', { processes: 1, threads: 2 });
try {
  const options = { score_threshold: 0.5, signal: AbortSignal.timeout(1_000) };
  const result: ParseResult = await parser.parse(new Uint8Array(), options);
  const overlay: Uint8Array = await result.encode('overlay');
  const people: readonly OutputFile[] = await result.encode('people');
  for (const { label, score, mask } of result.masks) console.log(label, score, maskBitmap(mask), encodeRle(mask).counts);
  console.log(overlay.length, people.length, result.people[0]?.bbox);
} catch (error) {
  if (error instanceof AppError && error.code === 'timeout') process.exitCode = 1;
} finally {
  await parser.close();
}
`;

const resolutions = {
  nodenext: { module: 'nodenext', lib: ['es2023'] },
  bundler: { module: 'esnext', moduleResolution: 'bundler', lib: ['es2023', 'dom'] },
};

export interface PhotoOfFolder {
  /** Its file in the folder. */
  readonly photo: string;
  /** Separated by commas. */
  readonly outputs: string;
  /** What the command line wrote for it with these outputs, by their names in the photo's folder. */
  readonly expected: ReadonlyMap<string, Buffer>;
}

/** What is wrong with the library on this Node; nothing if its files are those of the command line. */
export async function faultsOfLibrary(folder: string, node: string, photo: PhotoOfFolder): Promise<string[]> {
  const out = join(folder, `library-${Date.now()}`);
  mkdirSync(out);
  writeFileSync(join(folder, 'all-outputs.mjs'), allOutputs);
  copyFileSync(join(repository, 'examples/overlay.mjs'), join(folder, 'overlay.mjs'));
  await run(node, ['all-outputs.mjs', photo.photo, photo.outputs, out], folder);
  const faults = ['0', '1'].flatMap((processes) =>
    [...photo.expected]
      .filter(([name, bytes]) => !isSame(join(out, processes, name), bytes))
      .map(([name]) => `${name} of the library (processes: ${processes}) differs from the command line's`),
  );
  const drawn = join(out, 'overlay.png');
  const told = await run(node, ['overlay.mjs', photo.photo, drawn], folder);
  if (!existsSync(drawn) || !told.startsWith('person 1: ')) faults.push(`overlay.mjs draws nothing: ${told}`);
  return faults;
}

/** The compiler's messages about a program that uses the library. Node's types are this repository's. */
export async function faultsOfLibraryTypes(folder: string): Promise<string[]> {
  const faults: string[] = [];
  for (const [name, resolution] of Object.entries(resolutions)) {
    const project = join(folder, `types-${name}`, 'tsconfig.json');
    mkdirSync(dirname(project), { recursive: true });
    const types = { types: ['node'], typeRoots: [join(repository, 'node_modules/@types')] };
    const compilerOptions = { ...resolution, ...types, target: 'es2023', strict: true, noEmit: true };
    writeFileSync(project, JSON.stringify({ compilerOptions, files: ['program.mts'] }));
    writeFileSync(join(dirname(project), 'program.mts'), typedProgram);
    const compiler = join(repository, 'node_modules/typescript/bin/tsc');
    await run(process.execPath, [compiler, '-p', project], folder).catch((error: unknown) => {
      faults.push(`${name}: ${String(error)}`);
    });
  }
  return faults;
}

function isSame(path: string, bytes: Buffer): boolean {
  return existsSync(path) && readFileSync(path).equals(bytes);
}
