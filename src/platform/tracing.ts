// Traces by OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT says where they go. Else nothing of its SDK is loaded.

import type { Attributes, Link, SpanContext } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { describeError } from './errors.ts';
import type { Logger } from './logger.ts';

export interface Span {
  readonly context: SpanContext;
  end(attributes?: Attributes, isFailed?: boolean): void;
}

export interface SpanOptions {
  /** Ids, types and counts only. */
  readonly attributes: Attributes;
  /** Of a request: the `traceparent` it came with, if any. */
  readonly request?: { readonly traceparent: string | undefined };
  readonly parent?: Span | undefined;
  readonly links?: readonly Span[];
}

export interface Tracer {
  begin(name: string, options: SpanOptions): Span;
}

export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what is left, for as long as a stop can wait. */
  close(): Promise<void>;
}

/** What a stopping service gives an endpoint that does not answer. */
const closeWithinMs = 2000;
const mostLinks = 128;

/** -> undefined without an endpoint */
export async function openTracing(endpoint: string | undefined, log: Logger): Promise<Tracing | undefined> {
  if (endpoint === undefined) return undefined;
  const [api, sdk, { resourceFromAttributes }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = tellOnce(new OTLPTraceExporter({ url, timeoutMillis: 5000 }), log);
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'clerk-mirror' }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter, scheduledDelayMillis: 2000 })],
  });
  const own = provider.getTracer('clerk-mirror');
  const { trace, ROOT_CONTEXT, SpanKind, SpanStatusCode } = api;
  return {
    tracer: {
      begin(name, { attributes, request, parent, links = [] }) {
        const remote = parseTraceparent(request?.traceparent);
        const before = parent?.context ?? (remote && { ...remote, isRemote: true });
        const linked: Link[] = links.slice(0, mostLinks).map(({ context }) => ({ context }));
        const span = own.startSpan(
          name,
          { attributes, links: linked, kind: request === undefined ? SpanKind.INTERNAL : SpanKind.SERVER },
          before === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, before),
        );
        return {
          context: span.spanContext(),
          end(more = {}, isFailed = false) {
            span.setAttributes(more);
            if (isFailed) span.setStatus({ code: SpanStatusCode.ERROR });
            span.end();
          },
        };
      },
    },
    async close() {
      const late = new Promise<void>((resolve) => setTimeout(resolve, closeWithinMs).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
    },
  };
}

/** Source: W3C Trace Context, version 00; of later versions what it has in common. */
function parseTraceparent(
  text: string | undefined,
): { traceId: string; spanId: string; traceFlags: number } | undefined {
  const found =
    /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/.exec(
      text ?? '',
    );
  const [, traceId, spanId, flags] = found ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1 };
}

/** An endpoint that is away costs its spans and one line, until it is back. */
function tellOnce(exporter: SpanExporter, log: Logger): SpanExporter {
  let failing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error !== undefined && !failing)
          log.warn({ reason: describeError(result.error) }, 'traces cannot be sent; they are dropped');
        if (result.error === undefined && failing) log.info('traces are sent again');
        failing = result.error !== undefined;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}
