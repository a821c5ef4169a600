import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findOnPath, installAdvice } from './system-redis.ts';

async function folderWith(programs: Record<string, number>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-path-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, mode] of Object.entries(programs)) {
    await writeFile(join(folder, name), '');
    await chmod(join(folder, name), mode);
  }
  return folder;
}

test('redis-server wins over valkey-server, wherever they are on the path', async () => {
  const valkey = await folderWith({ 'valkey-server': 0o755 });
  const redis = await folderWith({ 'redis-server': 0o755 });
  expect(await findOnPath(`${valkey}:${redis}`)).toBe(join(redis, 'redis-server'));
  expect(await findOnPath(valkey)).toBe(join(valkey, 'valkey-server'));
});

test('files that cannot be executed, and relative folders, do not count', async () => {
  expect(await findOnPath(`.:${await folderWith({ 'redis-server': 0o644 })}`)).toBeUndefined();
});

test('the advice says what was tried and what to do', async () => {
  const advice = await installAdvice(undefined, ['packages: no network']);
  expect(advice).toContain('packages: no network');
  expect(advice).toContain('REDIS_URL');
  expect(advice).toContain('Docker');
});

test('on Windows, the advice is a container, WSL or a Redis elsewhere', async () => {
  const advice = await installAdvice(undefined, [], 'win32');
  expect(advice).toMatch(/Docker Desktop[^]*WSL[^]*REDIS_URL/);
});

test('a requested source is named', async () => {
  expect(await installAdvice('container', [])).toContain('container engine');
});
