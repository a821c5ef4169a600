import { setTimeout as sleep } from 'node:timers/promises';
import { toMb } from '@m2fp/bench';
import { bounds, isErrorCode } from '@m2fp/contract';
import { runCases, type RunLimits } from '../run-cases.ts';
import type { TargetReport, Verdict } from '../tally.ts';
import { residentBytes } from '../target-process.ts';
import { type ApiUnderTest, startApiUnderTest } from './api-under-test.ts';
import { mutateRequest, type RawRequest } from './mutate-request.ts';
import { exchange, type RawAnswer } from './raw-http.ts';
import { createSeeds } from './seed-requests.ts';

const atOnce = 12;
const deadlineMs = 15_000;
/** For what is not one whole request: a server may wait for the rest of it until we hang up. */
const hangUpMs = 300;
const maxRefusalBytes = 64 * 1024;
/** Of 10^6 bytes: whatever is sent. */
const maxRssMb = 400;
const watchMs = 250;

/** Mutated requests to the API in a process of its own, with a Redis and an S3 of its own. */
export async function fuzzRequests(limits: RunLimits): Promise<TargetReport> {
  const api = await startApiUnderTest();
  try {
    const seeds = await createSeeds(api);
    const health = watchHealth(api);
    const worker = { judge: (request: RawRequest) => judge(request, api) };
    const { tally, kept, seconds } = await runCases({
      name: 'requests',
      limits,
      workers: Array.from({ length: atOnce }, () => worker),
      make: (random) => mutateRequest(seeds, api.keys, random),
      bytesOf: ({ bytes }) => bytes,
    });
    const { peakRssMb, ...facts } = await health.end();
    if (peakRssMb > maxRssMb) tally.addFailure('memory');
    // A whole request after all the others: the process is not only alive, it works.
    const after = await judge({ bytes: healthRequest, isHead: false, isWhole: true, path: '/healthz' }, api);
    if (after.result !== 'accepted') tally.addFailure(api.ended() === undefined ? 'hang' : 'crash');
    return tally.report({ target: 'requests', seconds, peakRssMb, kept, facts });
  } finally {
    await api.stop();
  }
}

const healthRequest = Buffer.from('GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n');

async function judge(request: RawRequest, api: ApiUnderTest): Promise<Verdict> {
  const { bytes, isHead, isWhole } = request;
  const startedAt = performance.now();
  const half = Math.floor(bytes.length / 2);
  const answer = await exchange({
    port: api.port,
    parts: [bytes.subarray(0, half), bytes.subarray(half)],
    isHead,
    deadlineMs,
    ...(isWhole ? {} : { hangUpMs }),
  });
  const ms = performance.now() - startedAt;
  const ended = api.ended();
  if (ended !== undefined) return { result: 'failed', failure: 'crash', why: ended, ms };
  return { ...verdictOn(answer, request), ms };
}

type Judgment = Verdict extends infer V ? (V extends Verdict ? Omit<V, 'ms'> : never) : never;

function verdictOn(answer: RawAnswer, request: RawRequest): Judgment {
  const { status, bytes, end, body, headers } = answer;
  const failed = (failure: '5xx' | 'too long' | 'wrong' | 'hang', why: string): Judgment => ({
    result: 'failed',
    failure,
    why,
  });
  if (end === 'late') return failed('hang', `no end of the answer within ${deadlineMs} ms; status ${status}`);
  if (status === 0) {
    // Whoever refuses a large body hangs up on what is still being sent, which can destroy the answer on its way.
    const mayHangUp = !request.isWhole || request.bytes.length > maxRefusalBytes;
    return mayHangUp ? { result: 'refused', code: 'hung up' } : failed('wrong', 'hung up without an answer');
  }
  if (status >= 500 && status !== 503) return failed('5xx', `${status} ${body.toString('utf8', 0, 500)}`);
  if (status < 400) return { result: 'accepted' };
  if (bytes > maxRefusalBytes) return failed('too long', `${bytes} bytes with status ${status}`);
  // Bull Board has errors of its own, and Node answers what is not HTTP before anything of ours sees it.
  const isOurs = !request.path.startsWith('/admin') && headers.get('content-type') !== undefined && !request.isHead;
  if (!isOurs) return { result: 'refused', code: String(status) };
  const fault = problemFault(answer);
  if (fault !== undefined) return failed('wrong', `${fault}: ${status} ${body.toString('utf8', 0, 500)}`);
  return { result: 'refused', code: `${status}` };
}

/** What is wrong with a problem document; undefined if nothing is. */
function problemFault({ status, headers, body }: RawAnswer): string | undefined {
  if (headers.get('content-type') !== 'application/problem+json') return `the type is ${headers.get('content-type')}`;
  let problem: Record<string, unknown>;
  try {
    problem = JSON.parse(body.toString()) as Record<string, unknown>;
  } catch {
    return 'it is not JSON';
  }
  const { type, title, status: said, detail, code, instance, errors = [] } = problem;
  if (said !== status) return `it says status ${String(said)}`;
  if (!isErrorCode(code) || type !== `urn:m2fp:problem:${code}`) return 'its code or type is not known';
  if (![title, detail, instance].every((text) => typeof text === 'string' && text !== '')) return 'a text is missing';
  if (!Array.isArray(errors) || errors.length > bounds.problemErrors.max) return 'it has too many errors';
  return undefined;
}

/** How the API fares meanwhile, from its own report and from outside. */
function watchHealth({ url, pid }: ApiUnderTest) {
  const stopping = new AbortController();
  let [peakRssBytes, slowestHealthMs, eventLoopDelayMs] = [0, 0, 0];
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      const askedAt = performance.now();
      const health = await fetch(`${url}/healthz`)
        .then((response) => response.json() as Promise<{ event_loop_delay_ms: { max: number } }>)
        .catch(() => undefined);
      slowestHealthMs = Math.max(slowestHealthMs, Math.round(performance.now() - askedAt));
      eventLoopDelayMs = Math.max(eventLoopDelayMs, Math.round(health?.event_loop_delay_ms.max ?? 0));
      peakRssBytes = Math.max(peakRssBytes, await residentBytes(pid));
      await sleep(watchMs);
    }
  })();
  return {
    async end() {
      stopping.abort();
      await watching;
      return {
        peakRssMb: toMb(peakRssBytes),
        'event loop late by at most ms': eventLoopDelayMs,
        'slowest /healthz ms': slowestHealthMs,
      };
    },
  };
}
