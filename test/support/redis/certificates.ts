import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './redis-process.ts';

const openssl = promisify(execFile);

export interface Certificates {
  /** A server's settings: it talks TLS, and only to clients that have a certificate too. */
  readonly serverSettings: readonly string[];
  /** How the service's processes reach it. */
  readonly env: Readonly<Record<'REDIS_TLS_CA_FILE' | 'REDIS_TLS_CERT_FILE' | 'REDIS_TLS_KEY_FILE', string>>;
  /** The same for a client of the test. */
  readonly client: { readonly ca: string; readonly cert: string; readonly key: string };
}

/** An authority of this test, and a certificate of 127.0.0.1 that it vouches for, for server and client. */
export async function createCertificates(): Promise<Certificates> {
  const folder = await temporaryFolder();
  const at = (name: string): string => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = [
    '-x509',
    ...newKey,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
    '-days',
    '2',
    '-subj',
    '/CN=test',
  ];
  await openssl('openssl', ['req', ...authority]);
  await openssl('openssl', ['req', ...newKey, '-keyout', at('own.key'), '-out', at('own.csr'), '-subj', '/CN=redis']);
  await writeFile(at('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  const signed = ['-in', at('own.csr'), '-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2'];
  await openssl('openssl', ['x509', '-req', ...signed, '-out', at('own.crt'), '-extfile', at('names')]);
  const files = { ca: at('ca.crt'), cert: at('own.crt'), key: at('own.key') };
  const [ca = '', cert = '', key = ''] = await Promise.all(Object.values(files).map((path) => readFile(path, 'utf8')));
  return {
    serverSettings: [
      ...['tls-ca-cert-file', files.ca, 'tls-cert-file', files.cert, 'tls-key-file', files.key],
      ...['tls-replication', 'yes', 'tls-auth-clients', 'yes'],
    ],
    env: { REDIS_TLS_CA_FILE: files.ca, REDIS_TLS_CERT_FILE: files.cert, REDIS_TLS_KEY_FILE: files.key },
    client: { ca, cert, key },
  };
}
