/** A photo's way through API, queue, dispatcher and worker as seen from outside: traces, ids, metrics. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createLogger } from '@m2fp/service/logger';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../apps/dispatcher/src/config.ts';
import { startDispatcher } from '../apps/dispatcher/src/start-dispatcher.ts';
import { startApi, waitUntilReady, type ApiProcess } from './support/api/api-process.ts';
import { scriptedPhoto, untilStatus } from './support/api/scripted-photo.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

afterEach(endWorkers);

const traceId = '0af7651916cd43dd8448eb211c80319c';
const callerSpanId = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${callerSpanId}-01`;

interface Span {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

interface ExportedTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue?: string } }[] };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<Span, 'service'>[] }[];
  }[];
}

/** Receives OTLP over HTTP, as a collector does. */
async function startCollector(): Promise<{ url: string; spans: Span[] }> {
  const spans: Span[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      if (request.url === '/v1/traces') spans.push(...readSpans(JSON.parse(body) as ExportedTraces));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans };
}

function readSpans({ resourceSpans }: ExportedTraces): Span[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, service })));
  });
}

async function postJson(api: ApiProcess, path: string, body: object, sent: Record<string, string> = {}) {
  const headers = { 'content-type': 'application/json', ...sent };
  const response = await fetch(`${api.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(response.status).toBe(202);
  return (await response.json()) as { id: string };
}

/** An API with a photo in its bucket, a worker and a dispatcher. */
async function startService(changes: NodeJS.ProcessEnv = {}) {
  const api = await startApi(changes);
  await waitUntilReady(api);
  const env = { ...api.env, PORT: undefined };
  const worker = await startWorkerProcess('scripted', env);
  const dispatcher = await startDispatcher(readConfig({ ...env, RECONCILE_INTERVAL_MS: '500' }), {
    log: createLogger('silent', {}),
  });
  onTestFinished(async () => void (await dispatcher.stop()));
  const key = `${api.prefixes.input}photo.jpg`;
  await api.putObject(key, scriptedPhoto('ok'));
  return { api, worker, dispatcher, key };
}

test('a trace goes from the caller through the API and the queue to the worker, for jobs and for batches', async () => {
  const { url, spans } = await startCollector();
  const { api, worker, key } = await startService({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
  const parsed = () => spans.filter((span) => span.name === 'parse' && span.traceId === traceId);
  const parents = () => spans.filter(({ spanId }) => parsed().some(({ parentSpanId }) => parentSpanId === spanId));

  const job = await postJson(api, '/v1/jobs', { input: { key } }, { traceparent });
  await untilStatus(api, job.id, 'succeeded');
  const batch = await postJson(api, '/v1/batches', { input: { keys: [key] } }, { traceparent });
  await until(async () => {
    const response = await fetch(`${api.url}/v1/batches/${batch.id}`);
    return ((await response.json()) as { status: string }).status === 'finished';
  });
  // What has not been sent yet is sent at the end.
  await Promise.all([worker.stop(), api.stop()]);

  expect(parents()).toHaveLength(2);
  expect(parsed().map(({ service }) => service)).toEqual(['m2fp-worker', 'm2fp-worker']);
  for (const parent of parents()) {
    expect(parent).toMatchObject({ service: 'm2fp-api', traceId, parentSpanId: callerSpanId });
  }
});

test('a request’s id is in the logs of the API and of the worker that parses its photo', async () => {
  const { api, worker, key } = await startService();
  for (const [path, input] of [
    ['/v1/jobs', { key }],
    ['/v1/batches', { keys: [key] }],
  ] as const) {
    const requestId = `from-${path.slice(4)}`;
    await postJson(api, path, { input }, { 'x-request-id': requestId });
    await until(() => worker.log.some((line) => line['requestId'] === requestId));
    expect(api.output()).toContain(`"requestId":"${requestId}"`);
  }
});

test('worker and dispatcher report waits, stages, parsers and queues to Prometheus', async () => {
  const { api, worker, dispatcher, key } = await startService();
  const { id } = await postJson(api, '/v1/jobs', { input: { key } });
  await untilStatus(api, id, 'succeeded');
  const metricsOf = async (url: string): Promise<string> => {
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    return response.text();
  };
  const ofWorker = await metricsOf(worker.healthUrl);
  expect(ofWorker).toMatch(/^m2fp_job_wait_seconds_count(\{.*\})? 1$/m);
  expect(ofWorker).toMatch(/^m2fp_job_stage_seconds_count\{.*stage="\w+"\} 1$/m);
  expect(ofWorker).toMatch(/^m2fp_parser_starts_total\{.*\} \d+$/m);
  expect(ofWorker).toMatch(/^m2fp_parser_resident_memory_bytes\S* \d{7,}$/m);
  expect(ofWorker).toMatch(/^process_resident_memory_bytes\{.*\} \d{7,}$/m);
  const ofDispatcher = await metricsOf(dispatcher.healthUrl);
  expect(ofDispatcher).toMatch(/^m2fp_queue_jobs\{queue="webhooks",state="waiting",process="dispatcher"\} 0$/m);
  expect(ofDispatcher).toMatch(/^process_resident_memory_bytes\{.*\} \d{7,}$/m);
});
