import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy } from '@fastify/busboy';
import type { BusboyFileStream, BusboyInstance } from '@fastify/busboy';
import { AppError, bounds } from '@m2fp/contract';
import { isOption, optionCommand } from '../mending/bodies.ts';
import { didYouMean } from '../mending/near-names.ts';
import { assertNotEncoded } from './body.ts';
import { InvalidRequest, jsonPointer } from './problem.ts';

const maxFieldBytes = bounds.formFieldBytes.max;

export interface FormAccept {
  /** Name of the form's only file. */
  readonly file: string;
  /** Names of the text fields that the form may have, each at most once. */
  readonly fields: readonly string[];
  /** Takes the file's bytes as they arrive. Must read the stream to its end, or reject. */
  readonly store: (bytes: AsyncIterable<Uint8Array>) => Promise<void>;
  /** Called with the size of each chunk of the whole form; what it throws ends the reading. */
  readonly onBytes: (bytes: number) => void;
}

export interface Form {
  readonly hasFile: boolean;
  /** What the file is called, as the sender says. */
  readonly fileName: string | undefined;
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * Reads a multipart form and passes on its file while it arrives, whatever the order of the fields. Throws
 * `malformed_request` (no boundary, cut off), `invalid_request` (a field that is unknown, repeated or too long) and
 * what `store` throws; it returns or throws only after `store` has settled.
 */
export async function readForm(request: Request, accept: FormAccept): Promise<Form> {
  assertNotEncoded(request.headers);
  return new FormReader(accept).read(request);
}

class FormReader {
  readonly #accept: FormAccept;
  readonly #fields = new Map<string, string>();
  readonly #streams: BusboyFileStream[] = [];
  readonly #consumers: Promise<void>[] = [];
  readonly #stop = new AbortController();
  #hasFile = false;
  #fileName: string | undefined;
  #failure: Error | undefined;

  constructor(accept: FormAccept) {
    this.#accept = accept;
  }

  async read(request: Request): Promise<Form> {
    const parser = createParser(request.headers);
    parser.on('field', (name, value, _nameTruncated, truncated) => this.#onField(name, value, truncated));
    parser.on('file', (name, stream, fileName) => this.#onFile(name, stream, fileName));
    parser.on('partsLimit', () => this.#refuse(undefined, 'The form has too many parts'));
    const source = request.body === null ? Readable.from([]) : Readable.fromWeb(request.body);
    const { signal } = this.#stop;
    await pipeline(source, this.#counted(), parser, { signal }).catch((cause: unknown) => this.#onBroken(cause));
    await Promise.all(this.#consumers);
    if (this.#failure !== undefined) throw this.#failure;
    return { hasFile: this.#hasFile, fileName: this.#fileName, fields: this.#fields };
  }

  #counted(): Transform {
    return new Transform({
      transform: (chunk: Uint8Array, _encoding, done) => {
        try {
          this.#accept.onBytes(chunk.byteLength);
          done(null, chunk);
        } catch (error) {
          this.#fail(error);
          done();
        }
      },
    });
  }

  /** The first failure counts and ends the reading. */
  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    this.#end();
  }

  /** An error after the reading has ended is a consequence of that. */
  #onBroken(cause: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#fail(new AppError('malformed_request', 'The form is malformed or was cut off.', { cause }));
  }

  /** Stops reading, and fails consumers that wait for more of a file. */
  #end(): void {
    this.#stop.abort();
    for (const stream of this.#streams) stream.destroy(new Error('the form is not read any further'));
  }

  /** A consumer that stops early has a reason, but may have to clean up before it throws it. */
  async *#untilStopped(stream: BusboyFileStream): AsyncGenerator<Uint8Array> {
    let isDone = false;
    try {
      for await (const chunk of stream) yield chunk as Uint8Array;
      isDone = true;
    } finally {
      if (!isDone) this.#end();
    }
  }

  #refuse(name: string | undefined, message: string): void {
    this.#fail(new InvalidRequest([{ pointer: name === undefined ? '' : jsonPointer([name]), message }]));
  }

  #onField(name: string | undefined, value: string, truncated: boolean): void {
    if (name === undefined) return this.#refuse('', 'A part has no name');
    if (name === this.#accept.file) return this.#refuse(name, mustBeFile(name));
    if (!this.#accept.fields.includes(name)) return this.#refuse(name, this.#unknown(name));
    if (this.#fields.has(name)) return this.#refuse(name, 'Given more than once');
    if (truncated) return this.#refuse(name, `Longer than ${maxFieldBytes} bytes`);
    this.#fields.set(name, value);
  }

  #unknown(name: string): string {
    if (isOption(name)) return `Unknown field: options are one field, \`${optionCommand(name)}\``;
    const { file, fields } = this.#accept;
    return `Unknown field.${didYouMean(name, [file, ...fields])} There are: ${[file, ...fields].join(', ')}`;
  }

  #onFile(name: string | undefined, stream: BusboyFileStream, fileName: string | undefined): void {
    // How the parser reports a file that was cut off. This listener is called before the consumer learns of it.
    stream.on('error', (cause) => this.#onBroken(cause));
    // The parser finishes its chunk after reading has stopped: a file that begins in it would never end.
    if (this.#stop.signal.aborted) return void stream.resume();
    this.#streams.push(stream);
    // How browsers, curl and others write a quote (HTML's form encoding). They leave a percent sign as it is.
    if (name === this.#accept.file) this.#fileName ??= fileName?.replaceAll('%22', '"');
    const consumed = this.#consume(name, stream);
    this.#consumers.push(consumed.catch((error: unknown) => this.#fail(error)));
  }

  async #consume(name: string | undefined, stream: BusboyFileStream): Promise<void> {
    if (name === this.#accept.file) {
      if (this.#hasFile) return this.#refuse(name, 'Given more than once');
      this.#hasFile = true;
      return this.#accept.store(this.#untilStopped(stream));
    }
    const isKnown = name !== undefined && this.#accept.fields.includes(name);
    if (name !== undefined && !isKnown) return this.#refuse(name, unknownFile(this.#accept.file));
    // Some clients send a JSON field as a Blob, which has a file name.
    const bytes = await readUpTo(stream, maxFieldBytes);
    this.#onField(name, bytes.subarray(0, maxFieldBytes).toString('utf8'), bytes.byteLength > maxFieldBytes);
  }
}

function mustBeFile(name: string): string {
  return `Must be a file, with its name: with curl, \`-F ${name}=@photo.jpg\` with an @`;
}

function unknownFile(name: string): string {
  return `Unknown field: send the photo as \`${name}\`, with curl \`-F ${name}=@photo.jpg\``;
}

/** The stream's bytes, at most one chunk more than `maxBytes`. */
async function readUpTo(stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > maxBytes) break;
  }
  return Buffer.concat(chunks);
}

const noBoundary =
  'The multipart Content-Type has no usable boundary. Leave the header out: `curl -F image=@photo.jpg` sets it.';

function createParser(headers: Headers): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': headers.get('content-type') ?? '' },
      // More parts than a form can have, so that an extra field is named instead of just counted.
      limits: {
        ...{ fieldSize: maxFieldBytes, fieldNameSize: bounds.formFieldName.max },
        ...{ parts: bounds.formParts.max, headerPairs: bounds.formPartHeaders.max },
      },
    });
  } catch (cause) {
    throw new AppError('malformed_request', noBoundary, { cause });
  }
}
