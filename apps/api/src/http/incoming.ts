import { IncomingMessage } from 'node:http';
import { bounds } from '@m2fp/contract';

/** Chunks that are passed on as they come. */
const freeChunks = 16;
/** From then on, chunks below this are passed on together. */
const smallChunkBytes = 8 * 1024;
const pieceBytes = 16 * 1024;
/** No sender of a photo or of JSON goes below that, on average over many chunks. */
const leastChunkBytes = 64;

/**
 * A request whose body may come in any chunks. A chunk takes hundreds of bytes of memory however small it is, and
 * chunks are queued before anything has looked at the request: six megabytes of tiny ones would be two hundred. So
 * small chunks are joined, and thousands of tiny ones cut the connection off.
 */
export class CoarseIncoming extends IncomingMessage {
  #chunks = 0;
  #bytes = 0;
  #isCut = false;
  #isWanted = true;
  #piece = Buffer.alloc(0);
  #filled = 0;
  #flushing: NodeJS.Immediate | undefined;

  override push(chunk: Uint8Array | null, encoding?: BufferEncoding): boolean {
    // Nor is the end of it passed on: the body would seem to be whole.
    if (this.#isCut) return false;
    if (chunk === null) {
      this.#flush();
      return super.push(null);
    }
    this.#chunks++;
    this.#bytes += chunk.byteLength;
    if (this.#chunks > bounds.smallChunks.max && this.#bytes < this.#chunks * leastChunkBytes) return this.#cut();
    if (this.#chunks <= freeChunks || chunk.byteLength >= smallChunkBytes) {
      this.#flush();
      return (this.#isWanted = super.push(chunk, encoding));
    }
    this.#join(chunk);
    return this.#isWanted;
  }

  #cut(): false {
    this.#isCut = true;
    this.socket.destroy();
    return false;
  }

  #join(chunk: Uint8Array): void {
    if (this.#filled + chunk.byteLength > this.#piece.byteLength) {
      this.#flush();
      this.#piece = Buffer.allocUnsafeSlow(pieceBytes);
    }
    this.#piece.set(chunk, this.#filled);
    this.#filled += chunk.byteLength;
    // When all that has arrived by now has been taken apart.
    this.#flushing ??= setImmediate(() => this.#flush());
  }

  #flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    if (this.#filled === 0 || this.destroyed) return;
    const joined = this.#piece.subarray(0, this.#filled);
    this.#piece = this.#piece.subarray(this.#filled);
    this.#filled = 0;
    this.#isWanted = super.push(joined);
  }
}
