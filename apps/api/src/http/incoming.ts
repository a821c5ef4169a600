import { IncomingMessage } from 'node:http';

/** Chunks of any size that a body may begin with. */
const freeChunks = 1_024;
/** On average, from then on. */
const leastChunkBytes = 256;

/**
 * A request that is cut off if it sends its body in thousands of tiny chunks. Each takes some 200 bytes of memory,
 * however small it is, and is queued before anything has looked at the request: six megabytes of such chunks would be
 * two hundred.
 */
export class CoarseIncoming extends IncomingMessage {
  #chunks = 0;
  #bytes = 0;
  #isCut = false;

  override push(chunk: Uint8Array | null, encoding?: BufferEncoding): boolean {
    // Nor is the end of it passed on: the body would seem to be whole.
    if (this.#isCut) return false;
    this.#chunks++;
    this.#bytes += chunk?.byteLength ?? 0;
    if (this.#chunks <= freeChunks || this.#bytes >= this.#chunks * leastChunkBytes) return super.push(chunk, encoding);
    this.#isCut = true;
    this.socket.destroy();
    return false;
  }
}
