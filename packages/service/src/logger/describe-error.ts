/**
 * What the log contains of an error. Clients of Redis and S3 attach the command or the request to their errors, and
 * with it passwords, metadata, photo keys and signed URLs: only the properties named here are read.
 */
import { isErrorCode, type ErrorCode } from '@m2fp/contract';

interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
  /** Of an `AggregateError`, such as the addresses of a name that were all tried. */
  readonly errors?: readonly LoggedError[];
}

/** Deep enough for any real chain; ends a chain that is its own cause. */
const maxDepth = 4;
const maxErrors = 5;

export function describeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: typeof error === 'string' ? scrub(error) : '' };
  const type = plainName(error.name) ?? 'Error';
  const message = loggableMessage(error);
  const code = 'code' in error ? plainName(error.code) : undefined;
  const isDeepest = depth >= maxDepth;
  const errors = error instanceof AggregateError && !isDeepest ? error.errors.slice(0, maxErrors) : undefined;
  return {
    type,
    message,
    ...(code !== undefined && { code }),
    ...(error.stack !== undefined && { stack: stackOf(error.stack, `${type}: ${message}`) }),
    ...(error.cause !== undefined && !isDeepest && { cause: describeError(error.cause, depth + 1) }),
    ...(errors && { errors: errors.map((each) => describeError(each, depth + 1)) }),
  };
}

/**
 * The messages of all other codes are for the client and may quote what it sent, such as a photo's key. In the log
 * their code is enough, and the id of the job or request leads to the rest.
 */
const inOurOwnWords: ReadonlySet<ErrorCode> = new Set([
  ...(['image_unreadable', 'image_too_large', 'unsupported_format', 'payload_too_large'] satisfies ErrorCode[]),
  ...(['model_unavailable', 'timeout', 'canceled', 'internal', 'expired', 'overloaded'] satisfies ErrorCode[]),
  ...(['method_not_allowed', 'unauthorized', 'forbidden', 'rate_limited'] satisfies ErrorCode[]),
  ...(['queue_unavailable', 'storage_unavailable'] satisfies ErrorCode[]),
]);

/** An error's message if it may appear in the log; otherwise its code and its cause. */
export function loggableMessage(error: Error): string {
  const code = clientFault(error);
  if (code === undefined) return ownMessage(error);
  const { cause } = error;
  return cause instanceof Error && clientFault(cause) === undefined ? `(${code}) ${ownMessage(cause)}` : `(${code})`;
}

/** The code of an error whose message may quote the client. */
function clientFault(error: Error): ErrorCode | undefined {
  return 'code' in error && isErrorCode(error.code) && !inOurOwnWords.has(error.code) ? error.code : undefined;
}

function ownMessage(error: Error): string {
  return 'issues' in error ? schemaFaults(error.issues) : scrub(error.message);
}

/** A zod error's message quotes names, and sometimes values, of the data that it refused. */
function schemaFaults(issues: unknown): string {
  if (!Array.isArray(issues)) return 'data of another shape';
  const faults = (issues as { code?: unknown; path?: readonly unknown[] }[]).map(
    ({ code, path }) => `${plainName(code) ?? 'fault'} at ${plainName(path?.[0]) ?? 'the root'}`,
  );
  return `data of another shape: ${faults.slice(0, maxErrors).join(', ')}`;
}

/** A name or code from a program: one word, nothing that a person chose. */
function plainName(value: unknown): string | undefined {
  return typeof value === 'string' && /^\$?[\w.-]{1,64}$/.test(value) ? value : undefined;
}

/** The frames alone: what V8 writes above them repeats the message. */
function stackOf(stack: string, head: string): string {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return [head, ...frames].join('\n');
}

/** Of a URL only the server is kept: passwords, signatures and tokens, and keys of photos, are in the rest. */
const urls = /\b((?!file:|node:)[a-z][a-z\d+.-]{0,99}:\/\/)(?:[^\s/?#"'`<>]*@)?([^\s/?#"'`<>@]*)([/?#][^\s"'`<>]*)?/gi;

/** Redis quotes a command that it does not know: `ERR unknown command 'X', with args beginning with: …`. */
const redisArguments = /,? with args beginning with:[\s\S]*/i;

/** V8 quotes the text that is not JSON: `Unexpected token 'a', "a secret" is not valid JSON`. */
function withoutQuotedJson(text: string): string {
  const start = /, ?(?:\.\.\.)?"/.exec(text);
  const end = [...text.matchAll(/"(?:\.\.\.)? is not valid JSON/g)].at(-1);
  if (!start || !end || end.index < start.index + start[0].length) return text;
  const sentence = start.index === 0 ? 0 : text.lastIndexOf(',', start.index - 1) + 1;
  return `${text.slice(0, sentence)}Text that is not valid JSON${text.slice(end.index + end[0].length)}`;
}

/** Removes what may be secret or personal from a text, as far as its form gives it away. */
export function scrub(text: string): string {
  return withoutQuotedJson(bounded(text))
    .replace(redisArguments, '')
    .replace(urls, (_url, scheme: string, server: string, rest: string | undefined) => {
      return rest === undefined || rest === '/' ? `${scheme}${server}` : `${scheme}${server}/…`;
    });
}

/** Longer than any message of our own. A bound for the log, and for the time that scrubbing takes. */
const maxTextLength = 4_000;

/** Cut before a word: half a URL would not be recognized as one. */
function bounded(text: string): string {
  if (text.length <= maxTextLength) return text;
  const end = text.slice(0, maxTextLength).search(/\s\S*$/);
  return `${text.slice(0, Math.max(0, end))} …`;
}
