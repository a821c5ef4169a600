import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { readEnvironment } from '../config.ts';
import { startProcess, type ManagedProcess } from '../processes/managed-process.ts';

export interface S3Service {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Where it came from, for a log line. */
  readonly origin: string;
  /** False if it was given: others may use it too. */
  readonly embedded: boolean;
  /** Ends it; a given S3 is left alone. Idempotent. */
  stop(): Promise<void>;
}

export interface StartS3Options {
  /** Use this S3 instead of starting one. Default: S3_ENDPOINT. */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  /** Created on an S3 that is started here; a given S3 must have it. Default: S3_BUCKET, else `m2fp`. */
  readonly bucket?: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
}

const host = '127.0.0.1';
const readyMs = 20_000;
const serverMain = fileURLToPath(new URL('./s3-server-main.ts', import.meta.url));
/** The server's library loads it, though it is not used here; Node 22.12 has it behind a flag. */
const sqliteFlags = isBuiltin('node:sqlite') ? [] : ['--experimental-sqlite'];

/** An S3 for development, demo and tests: the one at S3_ENDPOINT, else an in-memory server on loopback. */
export async function startS3(options: StartS3Options = {}): Promise<S3Service> {
  const env = readEnvironment();
  const settings = {
    region: options.region ?? env.S3_REGION ?? 'us-east-1',
    bucket: options.bucket ?? env.S3_BUCKET ?? 'm2fp',
    accessKeyId: options.accessKeyId ?? env.AWS_ACCESS_KEY_ID ?? 'embedded',
    secretAccessKey: options.secretAccessKey ?? env.AWS_SECRET_ACCESS_KEY ?? 'embedded-secret',
  };
  const given = options.endpoint ?? env.S3_ENDPOINT;
  if (given !== undefined)
    return { ...settings, endpoint: given, origin: given, embedded: false, stop: async () => undefined };

  const { server, port } = await runServer(settings.region);
  const endpoint = `http://${host}:${port}`;
  try {
    await createBucket(endpoint, settings.bucket);
  } catch (error) {
    await server.stop();
    throw error;
  }
  let stopped: Promise<void> | undefined;
  return {
    ...settings,
    endpoint,
    origin: 'on loopback, in memory',
    embedded: true,
    stop: () => (stopped ??= server.stop(1_000)),
  };
}

async function runServer(region: string): Promise<{ server: ManagedProcess; port: string }> {
  let announce: (port: string) => void = () => undefined;
  const announced = new Promise<string>((resolve) => (announce = resolve));
  const server = await startProcess(process.execPath, [...sqliteFlags, serverMain, host, '0', region], {
    onLine: (line) => {
      const port = /^listening on (\d+)$/.exec(line)?.[1];
      if (port !== undefined) announce(port);
    },
  });
  const timer = new AbortController();
  const late = new Promise<undefined>((resolve) => {
    const timeout = setTimeout(() => resolve(undefined), readyMs);
    timer.signal.addEventListener('abort', () => clearTimeout(timeout));
  });
  const port = await Promise.race([announced, late, server.exited.then(() => undefined)]);
  timer.abort();
  if (port === undefined) {
    await server.stop();
    throw new Error(`The embedded S3 server did not start:\n${server.recentOutput()}`);
  }
  return { server, port };
}

async function createBucket(endpoint: string, bucket: string): Promise<void> {
  const response = await fetch(`${endpoint}/${bucket}`, { method: 'PUT', signal: AbortSignal.timeout(readyMs) });
  if (!response.ok) throw new Error(`The embedded S3 server refused bucket ${bucket}: HTTP ${response.status}.`);
}
