// What the service and the thread of its own handlers say to each other.

import type { RunTally } from '../platform/metrics.ts';
import type { HandlerFacts } from './handler-definition.ts';
import type { RunKey } from './stored-runs.ts';

/** Handed to the thread when it is made. */
export interface ThreadSettings {
  /** Absolute. */
  readonly modulePath: string;
  readonly databaseUrl: string;
  readonly schema: string;
  readonly poolMax: number;
  readonly logLevel: string;
  readonly keepPrivateMetadata: boolean;
  /** Where traces go; undefined: nowhere. */
  readonly otelEndpoint: string | undefined;
  /** See RunLoopParts; undefined: every second. */
  readonly lookEveryMs?: number;
}

export type ToThread =
  | { readonly kind: 'start' }
  | { readonly kind: 'wake' }
  | { readonly kind: 'stop'; readonly withinMs: number };

export type FromThread =
  | { readonly kind: 'loaded'; readonly handlers: readonly HandlerFacts[] }
  | { readonly kind: 'refused'; readonly message: string; readonly mend: string }
  | { readonly kind: 'beat'; readonly open: readonly RunKey[] }
  /** Gathered since the last word of this kind. */
  | { readonly kind: 'ended'; readonly runs: readonly RunTally[] }
  | { readonly kind: 'log'; readonly line: string };
