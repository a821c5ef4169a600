/** A program for the test of `clean-start`: reports what it was started with and waits for SIGTERM. */
import '../src/environment/clean-start.ts';
import { readdirSync, readlinkSync } from 'node:fs';

process.on('SIGTERM', () => process.exit(7));
setInterval(() => undefined, 1_000);

const openFiles = readdirSync('/proc/self/fd').flatMap((file) => {
  try {
    return [readlinkSync(`/proc/self/fd/${file}`)];
  } catch {
    return [];
  }
});
const { pid, argv, execArgv } = process;
// eslint-disable-next-line no-restricted-properties -- What is in it is the question.
const environment = process.env;
console.log(JSON.stringify({ pid, argv, execArgv, environment, openFiles }));
