import type { ParseOptions, ParseSummary, OutputName, Timings } from '@m2fp/contract';

/** What a parser process is told once, before its first photo. */
export interface ParserSettings {
  /** A model's name or a bundle folder. */
  readonly model: string;
  /** Where bundles are built or kept; undefined = the user's cache. */
  readonly cacheDir: string | undefined;
  readonly threads: number;
  readonly maxImageBytes: number;
  /** undefined = the product's own limit. */
  readonly maxImagePixels: number | undefined;
}

export interface ParsedPhoto {
  readonly summary: ParseSummary;
  readonly files: readonly {
    readonly output: OutputName;
    readonly name: string;
    readonly contentType: string;
    readonly bytes: Uint8Array;
  }[];
  readonly timings: Timings;
}

/**
 * What runs inside a parser process: a module that exports `createParser`. The process is the unit of failure, so it
 * may block, crash or never come back. It throws `AppError` for what the user should know.
 */
export interface ParserModule {
  readonly createParser: (settings: ParserSettings) => Promise<Parser>;
}

export interface Parser {
  parse(bytes: Uint8Array, options: ParseOptions): Promise<ParsedPhoto>;
}
