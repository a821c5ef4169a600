/**
 * Asks for an object's size at a tenth of the SDK's cost (0.6 ms of CPU and 200 kB of garbage per call), because every
 * created job asks once. The SDK is asked once where the bucket is; from then on, requests are signed with its signer
 * and sent over its connections, without its middleware. Only one answer counts: that the object is there. For any
 * other one the caller has to ask the SDK itself, which retries, follows regions and knows what errors mean.
 */
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { HttpRequest, escapeUriPath, type HttpResponse } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import { Readable } from 'node:stream';

interface QuickHead {
  readonly bytes: number;
}

interface Place {
  readonly region: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number | undefined;
  /** The path before the key; ends with a slash. */
  readonly path: string;
  readonly signer: SignatureV4;
}

export class QuickHeads {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #region: () => string;
  #place: Place | undefined;

  /** @param region where the bucket is, as far as it is known */
  constructor(client: S3Client, bucket: string, region: () => string) {
    this.#client = client;
    this.#bucket = bucket;
    this.#region = region;
  }

  /** Undefined if the SDK has to be asked. Never rejects. */
  async ask(key: string, signal: AbortSignal): Promise<QuickHead | undefined> {
    try {
      if (this.#place?.region !== this.#region())
        this.#place = await locate(this.#client, this.#bucket, this.#region());
      return await this.#send(this.#place, key, signal);
    } catch {
      return undefined;
    }
  }

  async #send({ signer, path, ...where }: Place, key: string, signal: AbortSignal): Promise<QuickHead | undefined> {
    const { requestHandler, systemClockOffset } = this.#client.config;
    const { protocol, hostname, port } = where;
    const host = port === undefined ? hostname : `${hostname}:${port}`;
    const unsigned = new HttpRequest({
      ...{ method: 'HEAD', protocol, hostname, path: `${path}${escapeUriPath(key)}`, headers: { host } },
      ...(port !== undefined && { port }),
    });
    // The SDK finds out how far off this machine's clock is.
    const signed = await signer.sign(unsigned, { signingDate: new Date(Date.now() + systemClockOffset) });
    // The client's type leaves its handler's types open; these are the default handler's.
    const handling: Promise<{ response: HttpResponse }> = requestHandler.handle(new HttpRequest(signed), {
      abortSignal: signal,
    });
    const { response } = await handling;
    if (response.body instanceof Readable) response.body.resume();
    const length = response.headers['content-length'];
    return response.statusCode === 200 && length !== undefined ? { bytes: Number(length) } : undefined;
  }
}

/** From the URL that the SDK makes of a key: the endpoint, path or host style, the region and service to sign for. */
async function locate(client: S3Client, bucket: string, known: string): Promise<Place> {
  const url = new URL(await getSignedUrl(client, new HeadObjectCommand({ Bucket: bucket, Key: 'k' })));
  const [, , region = '', service = ''] = url.searchParams.get('X-Amz-Credential')?.split('/') ?? [];
  const { credentials, sha256 } = client.config;
  return {
    region: known,
    protocol: url.protocol,
    hostname: url.hostname,
    port: url.port === '' ? undefined : Number(url.port),
    path: url.pathname.slice(0, -1),
    // As S3 requires: the path is signed as it is sent.
    signer: new SignatureV4({ credentials, region, service, sha256, uriEscapePath: false }),
  };
}
