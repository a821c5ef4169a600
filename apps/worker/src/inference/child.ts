/**
 * The entry of a parser process: `child.ts <parser module URL> <worker's pid>`. Loads a model when told to, then
 * answers one photo at a time. Its event loop stands still while it computes, which harms nobody: whoever waits for it
 * is in the worker, with a deadline and SIGKILL.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { toAppError } from '@m2fp/contract';
import { endWithParent } from './orphan-guard.ts';
import type { Parser, ParserModule } from './parser-module.ts';
import { parserRequestSchema, type ParserReply, type ParserRequest } from './protocol.ts';

type Answer =
  { type: 'loaded' } | Omit<ReplyOf<'parsed'>, 'id' | 'rssBytes'> | Omit<ReplyOf<'failed'>, 'id' | 'rssBytes'>;
type ReplyOf<T extends ParserReply['type']> = Extract<ParserReply, { type: T }>;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const [moduleUrl = '', parentPid = ''] = process.argv.slice(2);
let parser: Parser | undefined;

async function answer(request: ParserRequest): Promise<Answer> {
  try {
    if (request.type === 'load') {
      const { createParser } = (await import(moduleUrl)) as ParserModule;
      const { cacheDir, maxImagePixels, ...settings } = request.settings;
      parser = await createParser({ ...settings, cacheDir, maxImagePixels });
      return { type: 'loaded' };
    }
    if (!parser) throw new Error('A photo came before a model.');
    const { summary, files, timings } = await parser.parse(request.bytes, request.options);
    return { type: 'parsed', photo: { summary, files: [...files], timings } };
  } catch (error) {
    const { code, message, retryable, cause } = toAppError(error);
    const detail = cause instanceof Error ? (cause.stack ?? cause.message) : undefined;
    return { type: 'failed', code, message, retryable, ...(detail === undefined ? {} : { detail }) };
  }
}

function send(reply: ParserReply): void {
  // Nobody there to answer to: `disconnect` follows and ends this process.
  process.send?.(reply, undefined, undefined, () => undefined);
}

endWithParent(Number(parentPid));
// A Ctrl-C reaches the whole process group. When to stop is the worker's to say: it may still want this photo.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('message', (message) => {
  const request = parserRequestSchema.parse(message);
  void answer(request).then((result) => {
    send({ ...result, id: request.id, rssBytes: process.memoryUsage.rss() });
    // A photo leaves some tens of MB of arrays that V8 sees no reason to hurry for; while the worker stores the results.
    setImmediate(collectGarbage);
  });
});
