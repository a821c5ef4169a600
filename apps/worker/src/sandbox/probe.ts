/**
 * Ends with 0 if a parser can be loaded in the sandbox that it runs in: `probe.ts <parser module URL> [<folder>]`,
 * where the folder is one that has to be readable.
 */
import { accessSync, constants } from 'node:fs';

const [moduleUrl = '', ...folders] = process.argv.slice(2);
try {
  await import(moduleUrl);
  for (const folder of folders) accessSync(folder, constants.R_OK | constants.X_OK);
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
}
