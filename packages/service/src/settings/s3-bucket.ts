/** A bucket and the right to it, from the variables that `s3Settings` has parsed. */
import type { S3Credentials, S3Settings } from '@m2fp/storage';
import { readSecretFiles } from '../environment/secret-variables.ts';

type Encryption = NonNullable<S3Settings['encryption']>;

interface S3Variables {
  readonly S3_ENDPOINT?: string | undefined;
  readonly S3_REGION: string;
  readonly S3_BUCKET: string;
  readonly S3_FORCE_PATH_STYLE?: boolean | undefined;
  readonly S3_CHECKSUMS: boolean;
  readonly S3_SSE?: Encryption['algorithm'] | undefined;
  readonly S3_SSE_KMS_KEY_ID?: string | undefined;
  readonly S3_SSE_BUCKET_KEY?: boolean | undefined;
  readonly AWS_ACCESS_KEY_ID?: string | undefined;
  readonly AWS_SECRET_ACCESS_KEY?: string | undefined;
  readonly AWS_SESSION_TOKEN?: string | undefined;
  readonly AWS_ACCESS_KEY_ID_FILE?: string | undefined;
  readonly AWS_SECRET_ACCESS_KEY_FILE?: string | undefined;
  readonly AWS_SESSION_TOKEN_FILE?: string | undefined;
}

/** What does not fit together, by the variable that it is about. */
export function s3Faults(env: S3Variables): Map<keyof S3Variables, string> {
  const faults = new Map<keyof S3Variables, string>();
  const half = 'is needed with the other half of the key';
  if (env.AWS_ACCESS_KEY_ID === undefined && env.AWS_SECRET_ACCESS_KEY !== undefined)
    faults.set('AWS_ACCESS_KEY_ID', half);
  if (env.AWS_ACCESS_KEY_ID !== undefined && env.AWS_SECRET_ACCESS_KEY === undefined)
    faults.set('AWS_SECRET_ACCESS_KEY', half);
  if (env.S3_SSE?.startsWith('aws:kms') === true) return faults;
  const idle = 'has a meaning only with S3_SSE=aws:kms or aws:kms:dsse';
  if (env.S3_SSE_KMS_KEY_ID !== undefined) faults.set('S3_SSE_KMS_KEY_ID', idle);
  if (env.S3_SSE_BUCKET_KEY !== undefined) faults.set('S3_SSE_BUCKET_KEY', idle);
  return faults;
}

export function s3Bucket(env: S3Variables): S3Settings {
  const { S3_SSE: algorithm, S3_SSE_KMS_KEY_ID: kmsKeyId, S3_SSE_BUCKET_KEY: bucketKey } = env;
  return {
    endpoint: env.S3_ENDPOINT,
    region: env.S3_REGION,
    bucket: env.S3_BUCKET,
    // Servers that people run themselves rarely have a host name for each bucket.
    forcePathStyle: env.S3_FORCE_PATH_STYLE ?? env.S3_ENDPOINT !== undefined,
    checksums: env.S3_CHECKSUMS,
    encryption: algorithm && { algorithm, kmsKeyId, bucketKey },
    // Without a key here, the SDK looks in its usual places: profile, web identity, container or instance role.
    credentials: keyOf(env),
    readCredentials: keyReader(env),
  };
}

function keyOf(env: Partial<S3Variables>): S3Credentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN };
}

/** Reads the key again where any part of it is in a file: whoever renews it there need not restart anything. */
function keyReader(env: S3Variables): S3Settings['readCredentials'] {
  const { AWS_ACCESS_KEY_ID_FILE, AWS_SECRET_ACCESS_KEY_FILE, AWS_SESSION_TOKEN_FILE } = env;
  const files = { AWS_ACCESS_KEY_ID_FILE, AWS_SECRET_ACCESS_KEY_FILE, AWS_SESSION_TOKEN_FILE };
  if (Object.values(files).every((path) => path === undefined)) return undefined;
  return () => {
    const { values, faults } = readSecretFiles(files);
    const found = keyOf({ ...env, ...Object.fromEntries(values) });
    if (faults.size > 0 || found === undefined) throw new Error(`${[...faults.keys()].join(', ')} cannot be read.`);
    return found;
  };
}
