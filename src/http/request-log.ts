// What is told of each request: a line in the log, a count, a span. Once for each, by whoever answers it first.

import { randomUUID } from 'node:crypto';
import type { SignatureHeaders } from '../clerk/signature-headers.ts';
import type { Message } from '../inbox/message.ts';
import type { Outcome } from '../intake/batch.ts';
import { describeError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { SampledLines } from '../platform/sampled-lines.ts';
import type { Span } from '../platform/tracing.ts';
import type { Watch } from '../platform/watch.ts';
import {
  received,
  receivedBefore,
  reasonOf,
  refusal,
  rejectionReasons,
  type Answer,
  type Refusal,
} from './error-response.ts';

/** A request from its arrival on. */
export interface Arrival {
  readonly requestId: string;
  readonly startedAt: number;
  readonly span: Span | undefined;
  signed?: SignatureHeaders;
  message?: Message;
  isAnswered: boolean;
}

/** Of these somebody should hear who reads warnings only; the others are strangers and probes. */
const quiet: ReadonlySet<string> = new Set(['not-found', 'method', 'not-ready']);

export class RequestLog {
  readonly #log: Logger;
  readonly #watch: Watch;
  readonly #lines: SampledLines;

  constructor(log: Logger, watch: Watch) {
    this.#log = log;
    this.#watch = watch;
    this.#lines = new SampledLines(log);
    watch.metrics?.expectRejections(rejectionReasons);
  }

  /** A webhook. `traceparent`: what it says of the span it belongs to. */
  begin(requestId: string, traceparent: string | undefined): Arrival {
    const span = this.#watch.tracer?.begin('webhook', {
      attributes: { 'request.id': requestId },
      request: { traceparent },
    });
    return arrivalOf(requestId, span);
  }

  stored(arrival: Arrival, outcome: Outcome): Answer {
    const answer = outcome === 'seen' ? receivedBefore : received;
    if (arrival.isAnswered) return answer;
    arrival.isAnswered = true;
    endSpan(arrival, outcome, answer.status);
    if (!this.#log.isLevelEnabled('info')) return answer;
    const sampled = this.#lines.take('webhook');
    if (sampled > 0) this.#log.info({ ...factsOf(arrival), outcome, ...msOf(arrival, sampled) }, 'webhook');
    return answer;
  }

  /** `detail`: more than the answer may say. */
  refused(arrival: Arrival, refused: Refusal, detail?: string): Answer {
    const answer = refusal(refused);
    const reason = reasonOf(refused);
    if (!this.#count(arrival, reason, answer.status)) return answer;
    const level = quiet.has(reason) ? 'info' : 'warn';
    if (!this.#log.isLevelEnabled(level)) return answer;
    const sampled = this.#lines.take(reason);
    const more = { ...(detail === undefined ? {} : { detail }), ...secondsOff(arrival, reason) };
    if (sampled > 0)
      this.#log[level](
        { ...factsOf(arrival), reason, ...more, ...msOf(arrival, sampled) },
        level === 'info' ? 'request refused' : 'webhook refused',
      );
    return answer;
  }

  /** A fault of ours, told without its text. */
  failed(arrival: Arrival, error: unknown): Answer {
    const answer = refusal({ kind: 'fault' });
    this.#count(arrival, 'fault', answer.status);
    this.#log.error({ ...factsOf(arrival), err: error, reason: describeError(error) }, 'request failed');
    return answer;
  }

  /** -> false for one that was answered before */
  #count(arrival: Arrival, reason: string, status: number): boolean {
    if (arrival.isAnswered) return false;
    arrival.isAnswered = true;
    endSpan(arrival, reason, status);
    this.#watch.metrics?.rejected(reason);
    return true;
  }
}

export function arrivalOf(requestId: string, span?: Span): Arrival {
  return { requestId, startedAt: performance.now(), span, isAnswered: false };
}

/** A signature that is refused: is it the clock, or the secret? */
function secondsOff({ signed }: Arrival, reason: string): object {
  if (reason !== 'unverified' || signed === undefined) return {};
  return { secondsOff: Math.round(Date.now() / 1000 - Number(signed.timestamp)) };
}

function factsOf({ requestId, signed, message }: Arrival): object {
  return {
    requestId,
    ...(signed === undefined ? {} : { messageId: signed.id }),
    ...(message === undefined ? {} : { type: message.type }),
  };
}

function msOf({ startedAt }: Arrival, sampled: number): object {
  const ms = Math.round(performance.now() - startedAt);
  return sampled === 1 ? { ms } : { ms, sampled };
}

function endSpan({ span, signed, message }: Arrival, outcome: string, status: number): void {
  span?.end(
    {
      outcome,
      'http.response.status_code': status,
      ...(signed === undefined ? {} : { 'message.id': signed.id }),
      ...(message === undefined ? {} : { 'message.type': message.type }),
    },
    status >= 500,
  );
}

/** The name of a request, in every answer: the one it was given where that can be used, else a new one. */
export function nameRequest(given: string | readonly string[] | null | undefined): string {
  return typeof given === 'string' && /^[A-Za-z0-9_-]{1,128}$/.test(given) ? given : randomUUID();
}
