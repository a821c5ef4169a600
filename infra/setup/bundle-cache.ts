/**
 * The bundles that services run as (bundle.ts), kept from one start to the next: one folder each, with its compiled
 * code. What is in there is run, so it is believed only if nobody but the user can have written it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, globSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { bundle, isCurrent, mainFile } from './bundle.ts';

/** A process that was started from one goes on reading its parts, so that long after its last start. */
const keptMs = 7 * 24 * 3600 * 1_000;
/** Of a program, however old: whoever changes a source has the one before still running. */
const keptBundles = 2;
/** A bundle is made in a second or two. */
const unfinishedMs = 3600 * 1_000;
const unfinishedPrefix = 'unfinished-';
/** Parser processes, which may be another user's, read what is only the owner's to write. */
const folderMode = 0o755;

/** Where Node is to keep the compiled code of a bundle: it goes when the bundle does. */
export function compileCacheOf(bundled: string): string {
  return join(dirname(bundled), 'compiled');
}

/**
 * The program's bundle, made now if there is none of its present sources. Undefined if it cannot be had: then the
 * program itself is to be run. Why is said on stderr, but in an installation without development tools, where it is
 * always so.
 */
export async function currentBundle(program: string, cacheDir: string): Promise<string | undefined> {
  try {
    createOwnFolder(cacheDir);
    const name = createHash('sha256').update(resolve(program)).digest('hex').slice(0, 8);
    const made = readdirSync(cacheDir).filter((entry) => entry.startsWith(name));
    const found = made.map((entry) => join(cacheDir, entry)).find((path) => isOwn(path) && isCurrent(path));
    if (found !== undefined) {
      attempt(() => utimesSync(found, new Date(), new Date()));
      return join(found, mainFile);
    }
    removeOld(cacheDir, name);
    return join(await makeBundle(program, cacheDir, name), mainFile);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const [reason = ''] = message.split('\n');
    if (code !== 'ERR_MODULE_NOT_FOUND') console.error(`${program} runs from its sources, not as a bundle: ${reason}`);
    return undefined;
  }
}

/** Throws if it cannot be made, or if others can write to it. */
function createOwnFolder(cacheDir: string): void {
  // Others keep things of theirs beside it, so the mode is for this one only.
  mkdirSync(dirname(cacheDir), { recursive: true });
  mkdirSync(cacheDir, { recursive: true, mode: folderMode });
  const { uid, mode } = statSync(cacheDir);
  // Windows has neither user numbers nor modes.
  const user = process.getuid?.();
  if (user === undefined) return;
  if (uid !== user) throw new Error(`${cacheDir} belongs to user ${uid}, not to ${user}`);
  if ((mode & 0o022) !== 0) throw new Error(`others can write to ${cacheDir}`);
  if ((mode & 0o777) !== folderMode) chmodSync(cacheDir, folderMode);
}

/** Nobody else can have written it. Windows has no such modes. */
function isOwn(folder: string): boolean {
  const user = process.getuid?.();
  const paths = [folder, ...readdirSync(folder).map((name) => join(folder, name))];
  return paths.every((path) => {
    const { uid, mode } = statSync(path);
    return user === undefined || (uid === user && (mode & 0o022) === 0);
  });
}

/** The folder gets its name once it is whole. */
async function makeBundle(program: string, cacheDir: string, name: string): Promise<string> {
  const target = join(cacheDir, `${name}${randomBytes(4).toString('hex')}`);
  const unfinished = unfinishedIn(cacheDir);
  try {
    mkdirSync(unfinished, { mode: folderMode });
    await bundle(program, unfinished);
    // Only the owner looks for compiled code, and Node makes folders in there as the umask has it.
    mkdirSync(compileCacheOf(join(unfinished, mainFile)), { mode: 0o700 });
    // Not as the umask has it, which may let others write.
    for (const file of globSync('*', { cwd: unfinished, withFileTypes: true })) {
      if (file.isFile()) chmodSync(join(unfinished, file.name), 0o644);
    }
    chmodSync(unfinished, folderMode);
    renameSync(unfinished, target);
    return target;
  } catch (error) {
    attempt(() => rmSync(unfinished, { recursive: true, force: true }));
    throw error;
  }
}

function removeOld(cacheDir: string, name: string): void {
  const entries = readdirSync(cacheDir).flatMap((entry) => {
    const path = join(cacheDir, entry);
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? [] : [{ entry, path, ageMs: Date.now() - found.mtimeMs }];
  });
  const bundles = entries.filter(({ entry }) => entry.startsWith(name)).sort((a, b) => a.ageMs - b.ageMs);
  for (const { path, ageMs } of bundles.slice(keptBundles)) {
    if (ageMs <= keptMs) continue;
    attempt(() => {
      // What is left if this is interrupted is no bundle.
      const discarded = unfinishedIn(cacheDir);
      renameSync(path, discarded);
      rmSync(discarded, { recursive: true, force: true });
    });
  }
  for (const { entry, path, ageMs } of entries) {
    const isLeft = entry.startsWith(unfinishedPrefix) && ageMs > unfinishedMs;
    if (isLeft) attempt(() => rmSync(path, { recursive: true, force: true }));
  }
}

function unfinishedIn(cacheDir: string): string {
  return join(cacheDir, `${unfinishedPrefix}${randomBytes(4).toString('hex')}`);
}

/** What a start can do without: another one may be at it, too, or the disk may be read-only. */
function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // The next start tries again.
  }
}
