/** Secrets reach every service, and nobody else can read them in its environment. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess } from '@m2fp/dev-services';
import { expect, inject, onTestFinished, test } from 'vitest';
import { systemEnvironment } from './support/system-environment.ts';
import { until } from './support/worker/until.ts';

/** The environment of a service: one secret from a file, the others as they are. */
async function environment(): Promise<NodeJS.ProcessEnv> {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = inject('s3');
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-secrets-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'redis-url');
  await writeFile(file, `${inject('redisUrl')}\n`, { mode: 0o600 });
  return {
    ...systemEnvironment(),
    ...{ REDIS_URL_FILE: file, QUEUE_PREFIX: 'test-secrets', ALLOW_ANONYMOUS: '1', PORT: '0', HEALTH_PORT: '0' },
    ...{ S3_ENDPOINT: endpoint, S3_REGION: region, S3_BUCKET: bucket, S3_FORCE_PATH_STYLE: 'true' },
    ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    ...{ SOMEBODY_ELSES_TOKEN: 'swordfish', SHUTDOWN_TIMEOUT_MS: '500' },
  };
}

/** Where a service answers, from the line of its log that says that it does. */
function addressIn(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const { health, host, port } = JSON.parse(line) as { health?: string; host?: string; port?: number };
    if (health !== undefined) return health;
    if (port !== undefined) return `http://${host}:${port}`;
  }
  return undefined;
}

/** As packages have them, and as `npm start` runs them. */
const forms = (['api', 'worker', 'dispatcher'] as const).flatMap((app) => [
  { app, form: 'sources', program: () => fileURLToPath(new URL(`../apps/${app}/src/main.ts`, import.meta.url)) },
  { app, form: 'a bundle', program: () => inject('programs')[app] },
]);

test.each(forms)('the $app from $form has its secrets, and its environment does not', async ({ program }) => {
  const env = await environment();
  const lines: string[] = [];
  const service = await startProcess(process.execPath, [program()], {
    env,
    onLine: (line, from) => void (from === 'stdout' && lines.push(line)),
  });
  onTestFinished(() => service.stop(10_000));
  await until(() => addressIn(lines) !== undefined);
  // Both Redis and S3 let it in.
  await until(async () => (await fetch(`${addressIn(lines)}/readyz`)).status === 200);
  expect(lines.join('\n')).not.toContain('can read these variables');
  if (process.platform !== 'linux') return;
  const visible = (await readFile(`/proc/${service.pid}/environ`, 'utf8')).replaceAll('\0', '\n');
  expect(visible).toContain(`S3_BUCKET=${env['S3_BUCKET']}`);
  expect(visible).not.toMatch(/^(?:AWS_|SOMEBODY)/m);
  for (const value of ['swordfish', env['AWS_SECRET_ACCESS_KEY'] ?? '', inject('redisUrl')]) {
    expect(visible.includes(value)).toBe(false);
  }
});
