import { z } from 'zod';
import type { Http } from './http.ts';
import { reasonOf } from './pull-error.ts';

/** What is known of a file before it is fetched. */
export interface ExpectedFile {
  bytes?: number | undefined;
  /** 64 hexadecimal digits. */
  sha256?: string | undefined;
  /** Who says so, for messages. */
  statedBy: string;
}

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/i);

/** ModelScope's answer, as far as it is used: its own client checks files against the same two fields. */
const listingSchema = z.object({
  Data: z.object({
    Files: z.array(
      z.object({ Path: z.string(), Size: z.int().nonnegative(), Sha256: sha256Schema.optional().catch(undefined) }),
    ),
  }),
});

const maxListingBytes = 2 ** 20;

/**
 * Sizes and hashes by path. Where the listing cannot be had or read, the reason in words: files can be fetched without
 * it, and the user has to know that they were not checked against it.
 */
export async function fetchListing(
  http: Http,
  url: string,
  signal?: AbortSignal,
): Promise<Map<string, ExpectedFile> | string> {
  try {
    const response = await http.get(url, { accept: 'application/json' }, signal);
    if (response.status !== 200) {
      response.discard();
      return `the server answers ${response.status}`;
    }
    const { Data } = listingSchema.parse(JSON.parse(await readText(response.body)));
    const statedBy = `published by ${new URL(url).host}`;
    return new Map(
      Data.Files.map(({ Path, Size, Sha256 }) => [Path, { bytes: Size, sha256: Sha256?.toLowerCase(), statedBy }]),
    );
  } catch (error) {
    signal?.throwIfAborted();
    return error instanceof z.ZodError || error instanceof SyntaxError ? 'its form is not known' : reasonOf(error);
  }
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxListingBytes) throw new Error(`it is longer than ${maxListingBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
