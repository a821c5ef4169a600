/**
 * Human parsing as a library: photos in, masks of people and their parts out. docs/library.md shows it at work; the
 * other entry points of this package are what the service and the tools are made of, and change with them.
 */
export { AppError, type ErrorCode, type OutputName, outputNames, type ParseOptions } from '@m2fp/contract';
export { loadParser, type LoadOptions, type PhotoOptions, type PhotoParser } from './library/load-parser.ts';
export type { CallLimits, Encoded, FoundMask, ParseResult, Person } from './library/parse-result.ts';
export type { Label, Manifest, Rgb } from './model/manifest.ts';
export type { OutputFile } from './parsing/outputs.ts';
export { type CocoRle, encodeRle } from './render/rle.ts';
export { forEachRun, maskBitmap, type SpanMask } from './render/span-mask.ts';
