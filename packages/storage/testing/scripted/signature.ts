/**
 * Signature Version 4 as a server checks it, in a header or in a presigned URL.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { S3Credentials } from '../../src/s3-settings.ts';
import type { Refusal } from './errors.ts';

export interface Verifier {
  readonly region: string;
  /** All that are accepted. */
  readonly keys: readonly S3Credentials[];
  /** Session tokens that were accepted once. */
  readonly expiredTokens: readonly string[];
  readonly now: () => number;
}

interface Signed {
  readonly accessKeyId: string;
  readonly region: string;
  readonly scope: string;
  readonly time: string;
  readonly headerNames: readonly string[];
  readonly signature: string;
  readonly token: string | undefined;
  /** Of a presigned URL. */
  readonly expiresInS: number | undefined;
}

const skewMs = 15 * 60_000;

/** What S3 would answer, if it does not accept the request. */
export function faultOf(request: IncomingMessage, url: URL, verifier: Verifier): Refusal | undefined {
  const signed = signedParts(request, url);
  if (signed === undefined) return { name: 'AccessDenied' };
  const { accessKeyId, region, token, expiresInS } = signed;
  if (token !== undefined && verifier.expiredTokens.includes(token)) return { name: 'ExpiredToken' };
  const key = verifier.keys.find((each) => each.accessKeyId === accessKeyId);
  if (key === undefined) return { name: 'InvalidAccessKeyId' };
  if (token !== key.sessionToken) return { name: 'InvalidToken' };
  const ageMs = verifier.now() - timeOf(signed.time);
  if (expiresInS !== undefined && ageMs > expiresInS * 1_000)
    return { name: 'AccessDenied', message: 'Request has expired' };
  if (expiresInS === undefined ? Math.abs(ageMs) > skewMs : ageMs < -skewMs) return { name: 'RequestTimeTooSkewed' };
  if (region !== verifier.region) {
    const message = `The authorization header is malformed; the region '${region}' is wrong; expecting '${verifier.region}'`;
    return { name: 'AuthorizationHeaderMalformed', message, elements: { Region: verifier.region } };
  }
  const unsigned = Object.keys(request.headers).find((name) => {
    return name.startsWith('x-amz-') && !signed.headerNames.includes(name);
  });
  if (unsigned !== undefined)
    return { name: 'AccessDenied', message: 'There were headers present in the request which were not signed' };
  return signatureOf(request, url, signed, key) === signed.signature ? undefined : { name: 'SignatureDoesNotMatch' };
}

function signedParts({ headers }: IncomingMessage, { searchParams }: URL): Signed | undefined {
  const header = /Credential=(\S+?), *SignedHeaders=(\S+?), *Signature=(\w+)/.exec(headers.authorization ?? '');
  const [credential, names, signature] = header?.slice(1) ?? [
    searchParams.get('X-Amz-Credential'),
    searchParams.get('X-Amz-SignedHeaders'),
    searchParams.get('X-Amz-Signature'),
  ];
  if (!credential || !names || !signature) return undefined;
  const [accessKeyId = '', ...scope] = credential.split('/');
  const [, region = ''] = scope;
  const inUrl = (name: string): string | undefined => searchParams.get(name) ?? undefined;
  return {
    ...{ accessKeyId, region, scope: scope.join('/'), headerNames: names.split(';'), signature },
    time: header ? String(headers['x-amz-date']) : (inUrl('X-Amz-Date') ?? ''),
    token: header ? headers['x-amz-security-token']?.toString() : inUrl('X-Amz-Security-Token'),
    expiresInS: header ? undefined : Number(inUrl('X-Amz-Expires')),
  };
}

/** `20261126T193000Z` in ms. */
function timeOf(time: string): number {
  return Date.parse(time.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'));
}

function signatureOf({ method, headers }: IncomingMessage, url: URL, signed: Signed, key: S3Credentials): string {
  const hmac = (by: string | Buffer, text: string): Buffer => createHmac('sha256', by).update(text).digest();
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map((pair) => pair.map(escape).join('='))
    .sort();
  const lines = signed.headerNames.map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const payload = headers['x-amz-content-sha256']?.toString() ?? 'UNSIGNED-PAYLOAD';
  const canonical = [method, url.pathname, query.join('&'), lines.join(''), signed.headerNames.join(';'), payload];
  const digest = createHash('sha256').update(canonical.join('\n')).digest('hex');
  const signing = signed.scope.split('/').reduce<string | Buffer>(hmac, `AWS4${key.secretAccessKey}`);
  return hmac(signing, ['AWS4-HMAC-SHA256', signed.time, signed.scope, digest].join('\n')).toString('hex');
}

/** More is escaped than in URLs elsewhere. */
function escape(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
