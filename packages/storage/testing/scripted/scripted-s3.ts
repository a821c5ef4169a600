/**
 * An S3 server that refuses as AWS does. It checks signatures, regions, times and tokens, keeps versions, can demand
 * encryption or checksums, and answers with errors by a script. One bucket, path style, on loopback.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { S3Credentials } from '../../src/s3-settings.ts';
import { refuse, type ErrorName, type Refusal } from './errors.ts';
import { VersionedObjects } from './objects.ts';
import { faultOf } from './signature.ts';

export interface ReceivedRequest {
  readonly method: string;
  readonly key: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
}

/** How the server behaves; may be changed at any time. */
export interface Behavior {
  region: string;
  keys: readonly S3Credentials[];
  expiredTokens: readonly string[];
  /** Its clock minus this machine's. */
  clockOffsetMs: number;
  /** What a request that was signed for another region gets; to say the region is up to the kind of server. */
  otherRegion: 'AuthorizationHeaderMalformed' | 'PermanentRedirect' | 'TemporaryRedirect';
  /** A policy that lets nobody store what is not encrypted so. */
  demandedEncryption: string | undefined;
  /** Object Lock with a default retention: what is stored has to come with a checksum. */
  demandsChecksum: boolean;
  /** Asked for each request that is otherwise right. */
  refusal: ((request: ReceivedRequest) => Refusal | ErrorName | undefined) | undefined;
}

export interface ScriptedS3 extends Behavior {
  readonly endpoint: string;
  readonly bucket: string;
  readonly requests: ReceivedRequest[];
  readonly objects: VersionedObjects;
  /** The next requests get these errors, one each. */
  script(...errors: (ErrorName | Refusal)[]): void;
  stop(): Promise<void>;
}

export const scriptedKey = { accessKeyId: 'example-key', secretAccessKey: 'secret' };

export async function startScriptedS3(changes: Partial<Behavior> = {}): Promise<ScriptedS3> {
  const waiting: (ErrorName | Refusal)[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => answer(s3, waiting, { request, response, body }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const s3: ScriptedS3 = {
    ...{ region: 'us-east-1', keys: [scriptedKey], expiredTokens: [], clockOffsetMs: 0 },
    ...{ otherRegion: 'AuthorizationHeaderMalformed', demandedEncryption: undefined, demandsChecksum: false },
    ...{ refusal: undefined, bucket: 'photos', requests: [], objects: new VersionedObjects() },
    ...changes,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    script: (...errors) => void waiting.push(...errors),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return s3;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
}

function answer(s3: ScriptedS3, waiting: (ErrorName | Refusal)[], exchange: Exchange): void {
  const { request, response } = exchange;
  const url = new URL(request.url ?? '/', s3.endpoint);
  const [, bucket, ...path] = url.pathname.split('/');
  const key = decodeURIComponent(path.join('/'));
  const received = { method: request.method ?? '', key, url, headers: request.headers };
  s3.requests.push(received);
  response.setHeader('date', new Date(Date.now() + s3.clockOffsetMs).toUTCString());
  const fault = waiting.shift() ?? faultIn(s3, exchange, received, bucket);
  if (fault === undefined) return operate(s3, exchange, received);
  refuse(response, request.method, typeof fault === 'string' ? { name: fault } : fault);
}

function faultIn(s3: ScriptedS3, { request }: Exchange, received: ReceivedRequest, bucket: string | undefined) {
  const { region, keys, expiredTokens } = s3;
  const now = () => Date.now() + s3.clockOffsetMs;
  const fault = faultOf(request, received.url, { region, keys, expiredTokens, now });
  if (fault?.name === 'AuthorizationHeaderMalformed' && s3.otherRegion !== fault.name) {
    // AWS names the region in a header; a redirect for the time until DNS knows the bucket only names a host.
    const headers = s3.otherRegion === 'PermanentRedirect' ? { 'x-amz-bucket-region': region } : undefined;
    return { name: s3.otherRegion, elements: { Endpoint: `x.s3.${region}.example` }, ...(headers && { headers }) };
  }
  if (fault !== undefined) return fault;
  if (bucket !== s3.bucket) return 'NoSuchBucket' as const;
  const { method, headers, url } = received;
  const isStored = (method === 'PUT' && !url.searchParams.has('partNumber')) || url.searchParams.has('uploads');
  if (isStored && s3.demandedEncryption !== undefined) {
    if (headers['x-amz-server-side-encryption'] !== s3.demandedEncryption) return 'AccessDenied' as const;
  }
  if (method === 'PUT' && s3.demandsChecksum) {
    if (!Object.keys(headers).some((name) => /^(content-md5|x-amz-checksum-)/.test(name)))
      return 'InvalidRequest' as const;
  }
  return s3.refusal?.(received);
}

function operate(s3: ScriptedS3, { response, body }: Exchange, { method, key, url, headers }: ReceivedRequest): void {
  const { objects } = s3;
  const query = url.searchParams;
  const uploadId = query.get('uploadId');
  const version = objects.current(key);
  if (method === 'PUT' && uploadId !== null) {
    objects.uploads.get(uploadId)?.set(Number(query.get('partNumber')), body);
    response.writeHead(200, { etag: '"part"' }).end();
  } else if (method === 'PUT') {
    const id = objects.add(key, body, plain(headers));
    response.writeHead(200, { etag: '"object"', 'x-amz-version-id': id }).end();
  } else if (method === 'POST' && query.has('uploads')) {
    const id = `<UploadId>${objects.startUpload()}</UploadId>`;
    response.end(`<InitiateMultipartUploadResult><Key>k</Key>${id}</InitiateMultipartUploadResult>`);
  } else if (method === 'POST') {
    const bytes = objects.endUpload(uploadId ?? '');
    if (bytes === undefined) return refuse(response, method, { name: 'NoSuchUpload' });
    objects.add(key, bytes);
    response.end('<CompleteMultipartUploadResult><ETag>"all"</ETag></CompleteMultipartUploadResult>');
  } else if (method === 'DELETE') {
    const id = uploadId === null ? objects.add(key, undefined) : String(objects.endUpload(uploadId)?.length);
    response.writeHead(204, { 'x-amz-version-id': id, 'x-amz-delete-marker': 'true' }).end();
  } else if (key === '') {
    const contents = objects.keys(query.get('prefix') ?? '').map((name) => `<Contents><Key>${name}</Key></Contents>`);
    response.end(`<ListBucketResult>${contents.join('')}<IsTruncated>false</IsTruncated></ListBucketResult>`);
  } else if (version?.bytes === undefined) {
    // A deleted object is missing, whatever its earlier versions are.
    const marker = version && { headers: { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version.id } };
    refuse(response, method, { name: 'NoSuchKey', ...marker });
  } else {
    response.writeHead(200, { 'content-length': version.bytes.length, 'x-amz-version-id': version.id });
    response.end(method === 'HEAD' ? undefined : version.bytes);
  }
}

function plain(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
