import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';

const program = fileURLToPath(new URL('../../testing/clean-start-program.ts', import.meta.url));

interface Report {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly openFiles: readonly string[];
}

/** A process that imports `clean-start` and then reports what it sees. It ends at SIGTERM, with exit code 7. */
async function start(env: NodeJS.ProcessEnv, flags: readonly string[] = []) {
  const child = spawn(process.execPath, [...flags, program, 'one', '--two=2'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const block = async (): Promise<string> => readFile(`/proc/${child.pid}/environ`, 'utf8');
  return { child, report: JSON.parse(line) as Report, block };
}

const secrets = { AWS_SECRET_ACCESS_KEY: 'swordfish "1"\n', REDIS_URL: 'redis://:swordfish@h', NPM_TOKEN: 'swordfish' };

// Only Linux shows a process's environment in /proc.
describe.skipIf(process.platform !== 'linux')('a process that is given secrets', () => {
  test('has them, and nobody else can read them in its environment', async () => {
    const { report, block } = await start({ ...secrets, S3_BUCKET: 'photos' });
    expect(report.environment).toEqual({ ...secrets, S3_BUCKET: 'photos' });
    expect(await block()).toContain('S3_BUCKET=photos');
    expect(await block()).not.toContain('swordfish');
    expect(report.openFiles.join('\n')).not.toContain('m2fp');
  });

  test('keeps its pid, its arguments and its flags', async () => {
    const { child, report } = await start(secrets, ['--max-semi-space-size=8']);
    expect(report).toMatchObject({
      pid: child.pid,
      argv: [process.execPath, program, 'one', '--two=2'],
      execArgv: ['--max-semi-space-size=8'],
    });
  });

  test('gets signals and has an exit code as before', async () => {
    const { child } = await start(secrets);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([7, null]);
  });

  test('is not fooled by a variable that says it has started anew', async () => {
    const { report } = await start({ M2FP_STARTED_ANEW: '1', S3_BUCKET: 'photos' });
    expect(report.environment).toEqual({ S3_BUCKET: 'photos' });
  });
});
