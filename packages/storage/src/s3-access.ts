/**
 * What S3's answers teach about a bucket: the region where it is, how far off this machine's clock is, and that our
 * credentials are not valid anymore. All clients of the bucket share it, and so do the URLs that are signed: what one
 * request has learned is not asked again.
 */
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { reasonOf } from './s3-errors.ts';
import type { S3Credentials, S3Settings } from './s3-settings.ts';

type Identity = Awaited<ReturnType<S3Client['config']['credentials']>>;
type Provider = (options?: { readonly forceRefresh?: boolean }) => Promise<Identity>;

/** What a request was made with. */
interface Used {
  readonly region: string;
  readonly identity: Identity | undefined;
}

/** How long credentials from files count before they are read again. */
const filesCountMs = 10_000;
/** Credentials that S3 does not accept are asked for anew, at most so often: whoever hands them out has limits, too. */
const renewalEveryMs = 5_000;
/** Below, a difference may come from how long an answer took; S3 tolerates 15 minutes. */
const noticeableMs = 60_000;

export class S3Access {
  #region: string;
  #clockOffsetMs = 0;
  #renewedAt = -Infinity;
  #credentials: Provider | undefined;

  constructor({ region, credentials, readCredentials }: S3Settings) {
    this.#region = region;
    if (readCredentials) this.#credentials = providerOf(readCredentials, credentials);
  }

  /** The configuration that makes a client of this bucket. */
  configuration(given: S3Credentials | undefined): Pick<S3ClientConfig, 'region' | 'credentials'> {
    const { sessionToken, ...key } = given ?? {};
    // The SDK must not keep them: this provider does, and so does the one of the first client.
    const credentials = this.#credentials && Object.assign(this.#credentials, { memoized: true });
    return {
      region: async () => this.#region,
      ...(credentials ? { credentials } : given && { credentials: { ...key, ...(sessionToken && { sessionToken }) } }),
    } as Pick<S3ClientConfig, 'region' | 'credentials'>;
  }

  /** Makes a client learn, and act on what others have learned. To be called before its first request. */
  attach(client: S3Client): void {
    // The SDK's own search for credentials, once for all clients.
    this.#credentials ??= client.config.credentials;
    Object.defineProperty(client.config, 'systemClockOffset', {
      get: () => this.#clockOffsetMs,
      set: (ms: number) => {
        this.#clockOffsetMs = ms;
      },
    });
    client.middlewareStack.add(
      (next) => async (args) => {
        // Each of both, the region and the credentials, may turn out to be wrong once.
        for (let repeats = 0; ; repeats++) {
          const used = await this.#used();
          try {
            return await next(args);
          } catch (error) {
            if (repeats === 2 || !(await this.#learnFrom(error, used))) throw error;
          }
        }
      },
      { step: 'initialize', name: 'learnFromAnswers' },
    );
  }

  get region(): string {
    return this.#region;
  }

  /** S3's time, as far as it is known. */
  now(): Date {
    const offsetMs = Math.abs(this.#clockOffsetMs) < noticeableMs ? 0 : this.#clockOffsetMs;
    return new Date(Date.now() + offsetMs);
  }

  async #used(): Promise<Used> {
    return { region: this.#region, identity: await this.#credentials?.() };
  }

  /** Whether the same request would be another one now. */
  async #learnFrom(error: unknown, used: Used): Promise<boolean> {
    const reason = reasonOf(error);
    if (reason === 'expired_credentials' || reason === 'wrong_credentials') return this.#renew(used.identity);
    const region = regionIn(error);
    if (region === undefined || region === used.region) return false;
    this.#region = region;
    return true;
  }

  async #renew(used: Identity | undefined): Promise<boolean> {
    if (this.#credentials === undefined) return false;
    if (!isSame(used, await this.#credentials())) return true;
    const now = performance.now();
    if (now - this.#renewedAt < renewalEveryMs) return false;
    this.#renewedAt = now;
    return !isSame(used, await this.#credentials({ forceRefresh: true }));
  }
}

function isSame(one: Identity | undefined, other: Identity): boolean {
  return (
    one?.accessKeyId === other.accessKeyId &&
    one.secretAccessKey === other.secretAccessKey &&
    one.sessionToken === other.sessionToken
  );
}

/** Reads credentials again once they have counted for a while, or as soon as S3 does not accept them. */
function providerOf(read: () => S3Credentials, known: S3Credentials | undefined): Provider {
  let current = known;
  let readAt = known === undefined ? -Infinity : performance.now();
  return async ({ forceRefresh = false } = {}) => {
    if (forceRefresh || performance.now() - readAt > filesCountMs) {
      readAt = performance.now();
      try {
        current = read();
      } catch (error) {
        // In the middle of a change; those that are known may still be valid.
        if (current === undefined) throw error;
      }
    }
    const { sessionToken, ...key } = current as S3Credentials;
    return { ...key, ...(sessionToken !== undefined && { sessionToken }) };
  };
}

interface ErrorOfS3 {
  readonly $response?: { readonly headers?: Readonly<Record<string, string>>; readonly statusCode?: number };
  readonly Region?: unknown;
}

/** The form of all regions' names, so that no answer can send requests to another host than S3's. */
const regionName = /^[a-z0-9-]{1,40}$/;

/** Where S3 says that the bucket is, if that is what was wrong. */
function regionIn(error: unknown): string | undefined {
  const { $response: { headers, statusCode } = {}, Region: named } = error as ErrorOfS3;
  const isRedirect = statusCode === 301 || statusCode === 307 || statusCode === 400;
  const region = headers?.['x-amz-bucket-region'] ?? named;
  return isRedirect && typeof region === 'string' && regionName.test(region) ? region : undefined;
}
