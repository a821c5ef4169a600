/**
 * Traces across the queue. A span's position travels as W3C Trace Context (`traceparent`): from the request's header
 * into the job's data, and from there to the worker. Spans are only recorded if the environment names an exporter;
 * otherwise the incoming context is passed on unchanged, and the SDK is not even loaded.
 */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Context, Tracer } from '@opentelemetry/api';

export interface SpanFacts {
  readonly name: string;
  readonly kind: 'server' | 'consumer';
  /** The `traceparent` of the parent span, if any. */
  readonly parent: string | undefined;
  readonly attributes?: Attributes;
}

export interface Tracing {
  /** Runs `work` as a span. It gets the `traceparent` to pass on; what it throws is rethrown. */
  span<T>(facts: SpanFacts, work: (traceparent: string | undefined) => Promise<T>): Promise<T>;
  /** Sends what has not been sent yet. Never rejects. */
  stop(): Promise<void>;
}

const traceparentPattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The text if it is a valid `traceparent` of version 00, the only one; else undefined. */
export function readTraceparent(text: string | undefined): string | undefined {
  return text !== undefined && traceparentPattern.test(text) ? text : undefined;
}

/** @param isEnabled an exporter is configured: the SDK reads the usual `OTEL_…` variables itself */
export async function createTracing(service: string, isEnabled: boolean): Promise<Tracing> {
  if (!isEnabled) return { span: ({ parent }, work) => work(readTraceparent(parent)), stop: async () => undefined };
  const [{ BatchSpanProcessor, TracerProvider }, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all(
    [
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ],
  );
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  const tracer = provider.getTracer('m2fp');
  return {
    span: (facts, work) => recordSpan(tracer, facts, work),
    stop: () => provider.shutdown().catch(() => undefined),
  };
}

async function recordSpan<T>(
  tracer: Tracer,
  { name, kind, parent, attributes = {} }: SpanFacts,
  work: (traceparent: string | undefined) => Promise<T>,
): Promise<T> {
  const options = { kind: kind === 'server' ? SpanKind.SERVER : SpanKind.CONSUMER, attributes };
  const span = tracer.startSpan(name, options, contextOf(parent));
  const { traceId, spanId, traceFlags } = span.spanContext();
  try {
    return await work(`00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

function contextOf(parent: string | undefined): Context {
  const [, traceId, spanId, flags] = traceparentPattern.exec(parent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags ?? '0', 16) & 1,
    isRemote: true,
  });
}
