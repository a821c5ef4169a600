import { access, constants } from 'node:fs/promises';
import { platform } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { runCommand } from './run-command.ts';

const programs = ['redis-server', 'valkey-server'];

/** The first Redis-compatible server on the search path. */
export async function findOnPath(searchPath: string): Promise<string | undefined> {
  for (const program of programs) {
    for (const folder of searchPath.split(delimiter).filter(isAbsolute)) {
      const candidate = join(folder, program);
      if (await isExecutable(candidate)) return candidate;
    }
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where a Redis that we start may come from: a program on the PATH, a container, the system's packages unpacked. */
export type RedisSource = 'path' | 'container' | 'packages';

const perPackageManager = [
  { manager: 'apt-get', advice: 'sudo apt-get install redis-server' },
  { manager: 'dnf', advice: 'sudo dnf install valkey   (or: sudo dnf install redis)' },
  { manager: 'apk', advice: 'apk add redis' },
  { manager: 'pacman', advice: 'sudo pacman -S valkey' },
  { manager: 'zypper', advice: 'sudo zypper install redis' },
  { manager: 'brew', advice: 'brew install redis' },
] as const;

/** What to tell a user when no Redis could be started. `system` is a platform, as Node names it. */
export async function installAdvice(
  from: RedisSource | undefined,
  failures: readonly string[],
  system = platform(),
): Promise<string> {
  const hint = from === 'container' ? ': is a container engine running?' : '.';
  const lines = [
    from === undefined ? 'No Redis could be found or started here.' : `Redis could not be started from ${from}${hint}`,
    ...failures.map((failure) => `  ${failure}`),
    'Do one of these:',
    ...(await waysOf(system)).map((way) => `  ${way}`),
    '  set REDIS_URL to a Redis that is already running, such as redis://127.0.0.1:6379',
  ];
  return lines.join('\n');
}

async function waysOf(system: NodeJS.Platform): Promise<string[]> {
  if (system === 'win32') {
    return [
      'start Docker Desktop or Podman Desktop: Redis will run in a container',
      'work in WSL, as there is no Redis for Windows itself: wsl --install, then: sudo apt-get install redis-server',
    ];
  }
  return [await installLine(system), 'start Docker or Podman: Redis will run in a container'];
}

async function installLine(system: NodeJS.Platform): Promise<string> {
  for (const { manager, advice } of perPackageManager) {
    if ((await runCommand(manager, ['--version'])).code === 0) return advice;
  }
  if (system === 'darwin') return 'install Homebrew (https://brew.sh), then: brew install redis';
  return 'install redis-server or valkey-server with this system’s package manager';
}
