import { platform } from 'node:os';
import { runCommand } from './run-command.ts';

/** Where a Redis of our own may come from: a program on the PATH, a container, the system's packages unpacked. */
export type RedisSource = 'path' | 'container' | 'packages';

const perPackageManager = [
  { manager: 'apt-get', advice: 'sudo apt-get install redis-server' },
  { manager: 'dnf', advice: 'sudo dnf install valkey   (or: sudo dnf install redis)' },
  { manager: 'apk', advice: 'apk add redis' },
  { manager: 'pacman', advice: 'sudo pacman -S valkey' },
  { manager: 'zypper', advice: 'sudo zypper install redis' },
  { manager: 'brew', advice: 'brew install redis' },
] as const;

/** What to tell a user for whom no Redis could be started. */
export async function installAdvice(from: RedisSource | undefined, failures: readonly string[]): Promise<string> {
  const lines = [
    from === undefined
      ? 'No Redis could be found or started here.'
      : `Redis could not be started from its source "${from}"${from === 'container' ? ': does a container engine answer?' : '.'}`,
    ...failures.map((failure) => `  ${failure}`),
    'One of these helps:',
    `  ${await installLine()}`,
    '  start Docker or Podman: Redis then runs in a container',
    '  set REDIS_URL to a Redis that runs already, such as redis://127.0.0.1:6379',
  ];
  return lines.join('\n');
}

async function installLine(): Promise<string> {
  for (const { manager, advice } of perPackageManager) {
    if ((await runCommand(manager, ['--version'])).code === 0) return advice;
  }
  if (platform() === 'darwin') return 'install Homebrew (https://brew.sh), then: brew install redis';
  return 'install redis-server or valkey-server with this system’s package manager';
}
