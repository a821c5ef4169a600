/**
 * What docker-compose.yml runs before the services, at every start; both can be repeated:
 *
 *   main.ts secrets SECRETS_FOLDER DATA_FOLDER REDIS_HOST:PORT    makes the secrets that are missing
 *   main.ts s3 SECRETS_FOLDER ENDPOINT ADMIN_ENDPOINT BUCKET      makes bucket, users and policy on the S3 server
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { setUpS3 } from './s3-admin.ts';
import { makeSecrets, ownData, readAccessKeys } from './secrets.ts';

const [command, secretsFolder = '', ...rest] = process.argv.slice(2);

/** S3 is started at the same time. */
const readyMs = 60_000;

async function waitFor(endpoint: string): Promise<void> {
  const deadline = Date.now() + readyMs;
  for (;;) {
    const answer = await fetch(endpoint, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (answer !== undefined) return;
    if (Date.now() > deadline) throw new Error(`${endpoint} did not answer within ${readyMs / 1000} s.`);
    await sleep(200);
  }
}

if (command === 'secrets') {
  const [dataFolder = '', redis = ''] = rest;
  await makeSecrets(secretsFolder, redis);
  await ownData(dataFolder);
  console.log('secrets are ready');
} else if (command === 's3') {
  const [endpoint = '', adminEndpoint = '', bucket = ''] = rest;
  const { s3: admin, ...users } = await readAccessKeys(secretsFolder);
  await waitFor(endpoint);
  await setUpS3({ endpoint, adminEndpoint, region: 'us-east-1', bucket }, admin, users);
  console.log('bucket, users and policy are ready');
} else {
  throw new Error('The first argument must be secrets or s3.');
}
