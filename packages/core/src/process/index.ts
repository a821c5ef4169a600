/**
 * Parsing in processes of its own. They can be killed, and a crash in native code is one failed photo; onnxruntime
 * computes on the thread that calls it, which here is theirs.
 */
export { canceled, type Deadline, type Launcher, ParserProcess, unconfined } from './parser-process.ts';
export { ParserPool } from './pool.ts';
export {
  type BundleSource,
  type ParserEndReason,
  parserEndReasons,
  type PoolEvents,
  type PoolStats,
} from './pool-settings.ts';
export type { ParseProgress } from './parse-progress.ts';
export type { NamedPhoto, ParsedPhoto, ParserModule } from './protocol.ts';

/** The module that a process runs to parse photos with a model bundle. */
export const modelParserUrl = new URL('./model-parser.ts', import.meta.url);
