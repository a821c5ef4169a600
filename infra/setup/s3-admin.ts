/**
 * What an administrator does once on an S3 server of one's own: a bucket, a user for each service, and the policy that
 * gives each user what infra/s3 says and nothing else. Users are made with versitygw's admin API; bucket and policy are
 * S3's own. Everything can be repeated.
 */
import { readFile } from 'node:fs/promises';
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';

export const services = ['api', 'worker', 'dispatcher'] as const;
export type ServiceName = (typeof services)[number];

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface S3Server {
  readonly endpoint: string;
  /** Where users are made; on a port that clients cannot reach. */
  readonly adminEndpoint: string;
  readonly region: string;
  readonly bucket: string;
}

/** The administrator's requests are few and small. */
const timeoutMs = 10_000;

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: object;
}

/** A service's policy for this bucket, as infra/s3 has it. */
async function readPolicy(service: ServiceName, bucket: string): Promise<{ readonly Statement: Statement[] }> {
  const text = await readFile(new URL(`../s3/${service}.json`, import.meta.url), 'utf8');
  return JSON.parse(text.replaceAll('BUCKET', bucket)) as { Statement: Statement[] };
}

/** The policies of all services as one policy of the bucket: for servers that have no policies of users. */
async function bucketPolicy(bucket: string, users: Readonly<Record<ServiceName, string>>): Promise<object> {
  const statements = services.map(async (service) => {
    const policy = await readPolicy(service, bucket);
    return policy.Statement.map(({ Sid, ...rest }) => ({
      Sid: `${service}${Sid}`,
      Principal: { AWS: [users[service]] },
      ...rest,
    }));
  });
  return { Version: '2012-10-17', Statement: (await Promise.all(statements)).flat() };
}

/** Makes bucket, users and policy. Throws what the server answers. */
export async function setUpS3(
  server: S3Server,
  admin: AccessKey,
  users: Readonly<Record<ServiceName, AccessKey>>,
): Promise<void> {
  const { endpoint, region, bucket } = server;
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: admin, maxAttempts: 1 });
  const abortSignal = AbortSignal.timeout(timeoutMs);
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }), { abortSignal }).catch((error: Error) => {
      if (!/^BucketAlready/.test(error.name)) throw error;
    });
    for (const service of services) await putUser(server, client, users[service]);
    const names = Object.fromEntries(services.map((service) => [service, users[service].accessKeyId]));
    const policy = await bucketPolicy(bucket, names as Record<ServiceName, string>);
    await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(policy) }), { abortSignal });
  } finally {
    client.destroy();
  }
}

/** Creates a user, or gives an existing one this secret. */
async function putUser(server: S3Server, client: S3Client, user: AccessKey): Promise<void> {
  const { accessKeyId, secretAccessKey } = user;
  const created = await callAdmin(
    server,
    client,
    '/create-user',
    accountXml('Account', [
      ['Access', accessKeyId],
      ['Secret', secretAccessKey],
      ['Role', 'user'],
    ]),
  );
  if (created.ok) return;
  const query = { access: accessKeyId };
  const changed = await callAdmin(
    server,
    client,
    '/update-user',
    accountXml('MutableProps', [['Secret', secretAccessKey]]),
    query,
  );
  if (changed.ok) return;
  throw new Error(`The S3 server refuses user ${accessKeyId}: ${await created.text()} ${await changed.text()}`);
}

/** Names and keys have no character that XML would need escaped. */
function accountXml(name: string, fields: readonly (readonly [string, string])[]): string {
  return `<${name}>${fields.map(([field, value]) => `<${field}>${value}</${field}>`).join('')}</${name}>`;
}

async function callAdmin(
  { adminEndpoint, region }: S3Server,
  client: S3Client,
  path: string,
  body: string,
  query: Record<string, string> = {},
): Promise<Response> {
  const { protocol, hostname, port, host, origin } = new URL(adminEndpoint);
  const { credentials, sha256 } = client.config;
  const signer = new SignatureV4({ credentials, region, service: 's3', sha256, uriEscapePath: false });
  const signed = await signer.sign(
    new HttpRequest({ method: 'PATCH', protocol, hostname, port: Number(port), path, query, headers: { host }, body }),
  );
  const url = new URL(path, origin);
  url.search = new URLSearchParams(query).toString();
  return fetch(url, { method: 'PATCH', headers: signed.headers, body, signal: AbortSignal.timeout(timeoutMs) });
}
