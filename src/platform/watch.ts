// Who looks on while the parts work: what they count, and the spans they open. Each may be nobody.

import type { Metrics } from './metrics.ts';
import type { Tracer } from './tracing.ts';

export interface Watch {
  readonly metrics?: Metrics | undefined;
  /** Undefined without OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly tracer?: Tracer | undefined;
}
