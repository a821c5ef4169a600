/**
 * The entry of a parser process: `child.ts <parser module URL> <owner's pid> <who ends it>`. Loads a model when told
 * to, then computes one request after the other, and decodes the photo of the next one meanwhile. Its event loop is
 * blocked while it computes, which does no harm: whatever waits for it is in its owner, with a deadline and SIGKILL.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { AppError, toAppError } from '@m2fp/contract';
import { z } from 'zod';
import {
  parserRequestSchema,
  type ParserModule,
  type ParserNews,
  type ParserReply,
  type ParserRequest,
  type ParserTasks,
} from './protocol.ts';
import { type EnteredTurn, PhotoTurns } from './photo-turns.ts';

type AnswerOf<R> = R extends ParserReply ? Omit<R, 'id' | 'rssBytes'> : never;
type Answer = AnswerOf<ParserReply>;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
/** What photos may leave behind before garbage is collected: a full collection takes 10 ms, whatever there is. */
const litterBytes = 16 * 2 ** 20;
let heldBytes = 0;

const [moduleUrl = '', parentPid = '', endedBy = 'itself'] = process.argv.slice(2);
let tasks: ParserTasks | undefined;
const turns = new PhotoTurns();

async function answer(message: unknown, turn: EnteredTurn): Promise<Answer> {
  try {
    return await perform(readRequest(message), turn);
  } catch (error) {
    const { code, message, retryable, cause } = toAppError(error);
    const detail = cause instanceof Error ? (cause.stack ?? cause.message) : undefined;
    return { type: 'failed', code, message, retryable, ...(detail === undefined ? {} : { detail }) };
  }
}

/** One that is not valid is its caller's fault, and no reason to end. */
function readRequest(message: unknown): ParserRequest {
  const parsed = parserRequestSchema.safeParse(message);
  if (parsed.success) return parsed.data;
  throw new AppError('invalid_request', `The request is not valid:\n${z.prettifyError(parsed.error)}`);
}

/** 0, which no request has, if there is none: the owner takes the reply for nonsense. */
function idOf(message: unknown): number {
  return z.object({ id: z.int() }).safeParse(message).data?.id ?? 0;
}

async function perform(request: ParserRequest, turn: EnteredTurn): Promise<Answer> {
  if (request.type === 'load') {
    const { createParser } = (await import(moduleUrl)) as ParserModule;
    tasks = await createParser(request.settings);
    return { type: 'loaded' };
  }
  if (request.type === 'parse' && tasks?.parse) {
    const { summary, files, timings } = await tasks.parse(
      request.photo,
      request.options,
      turn,
      (step) => void send({ type: 'step', id: request.id, step }),
    );
    return { type: 'parsed', photo: { summary, files, timings: turn.own(timings) } };
  }
  if (request.type === 'read' && tasks?.read) {
    const parsing = await tasks.read(request.photo, request.options, turn);
    return { type: 'read', parsing: { ...parsing, timings: turn.own(parsing.timings) } };
  }
  if (request.type === 'encode' && tasks?.encode) {
    return { type: 'encoded', files: await tasks.encode(request.task, turn) };
  }
  throw new Error(tasks ? `This parser cannot ${request.type}.` : 'A photo came before a model.');
}

/** Resolves when all of it is on its way. If no owner is left to answer, `disconnect` follows and ends this process. */
function send(reply: ParserReply | ParserNews): Promise<void> {
  return new Promise((resolve) => process.send?.(reply, undefined, undefined, () => resolve()));
}

/**
 * A parser process never outlives its owner. An ordinary exit shows as the channel's `disconnect` event; but while
 * native code keeps this thread busy no event arrives, and an owner killed by SIGKILL cannot clean up. So a second
 * thread checks the parent's pid twice a second and ends the process, whatever the main thread is doing, unless the
 * system has been asked to kill it at that moment. The thread costs about 17 MB; it loads nothing, least of all
 * onnxruntime, which does not support worker threads well.
 */
const watchParent = `
  const parentPid = require('node:worker_threads').workerData;
  setInterval(() => {
    if (process.ppid !== parentPid) process.kill(process.pid, 'SIGKILL');
  }, 500);
`;

/** Ends this process soon after `pid` stops being its parent. */
function endWithParent(pid: number): void {
  process.once('disconnect', () => process.exit(0));
  if (endedBy === 'the system') {
    // The parent may have died before the system was asked.
    if (process.ppid !== pid) process.exit(0);
    return;
  }
  // Its code is a string and plain JavaScript: a file would bring the TypeScript loader into the thread, 20 MB more.
  new Worker(watchParent, { eval: true, workerData: pid, execArgv: [], env: {} }).unref();
}

endWithParent(Number(parentPid));
// A Ctrl-C reaches the whole process group. When to stop is up to the owner: it may still want this photo.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('message', (message) => void receive(message));

/** The next photo's network would hold up the rest of a reply: it begins when all of this one is on its way. */
async function receive(message: unknown): Promise<void> {
  const id = idOf(message);
  if (isDrop(message)) {
    turns.drop(id);
    return;
  }
  const turn = turns.enter(id);
  const result = await answer(message, turn);
  await send({ ...result, id, rssBytes: process.memoryUsage.rss() });
  collectLitter();
  turn.leave();
}

function isDrop(message: unknown): boolean {
  return z.object({ type: z.literal('drop') }).safeParse(message).success;
}

/** A photo leaves tens of MB of arrays that V8 is in no hurry to free. */
function collectLitter(): void {
  if (memoryInUse() - heldBytes < litterBytes) return;
  collectGarbage();
  heldBytes = memoryInUse();
}

function memoryInUse(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
