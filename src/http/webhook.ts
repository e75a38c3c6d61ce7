// What happens to a webhook, however it comes in: the judgement of its head, its signature, the intake; the answer comes after the commit.

import { parseEvent } from '../clerk/event.ts';
import { redact, type RedactOptions } from '../clerk/redact.ts';
import { findSignature, type HeaderView, type SignatureHeaders } from '../clerk/signature-headers.ts';
import type { Verify } from '../clerk/verify.ts';
import type { Message } from '../inbox/message.ts';
import { IntakeRefusal, type Intake } from '../intake/queue.ts';
import type { Logger } from '../platform/logger.ts';
import type { Watch } from '../platform/watch.ts';
import { BodyBudget } from './body-budget.ts';
import type { Answer, Refusal } from './error-response.ts';
import { RequestLog, type Arrival } from './request-log.ts';

export interface WebhookParts extends RedactOptions {
  readonly verify: Verify;
  readonly intake: Pick<Intake, 'submit' | 'hasRoomFor'>;
  readonly log: Logger;
  readonly bodyLimitBytes: number;
  /** Bytes of all bodies that are being read at one time. */
  readonly bodyBudgetBytes?: number;
  readonly watch?: Watch;
}

const defaultBudgetBytes = 32 * 1024 * 1024;

export class Webhook {
  readonly bodyLimitBytes: number;
  readonly budget: BodyBudget;
  readonly log: Logger;
  readonly requests: RequestLog;
  readonly #parts: WebhookParts;

  constructor(parts: WebhookParts) {
    const { bodyLimitBytes: largest, intake, log } = parts;
    const bytes = parts.bodyBudgetBytes ?? Math.max(defaultBudgetBytes, 2 * largest);
    this.#parts = parts;
    this.log = log;
    this.requests = new RequestLog(log, parts.watch ?? {});
    this.bodyLimitBytes = largest;
    this.budget = new BodyBudget({ bytes, largest, hasRoomFor: (size) => intake.hasRoomFor(size) });
  }

  /** What can be refused without the body is refused before it is read, in the order of the contract. */
  judgeHead(method: string | undefined, headers: HeaderView): SignatureHeaders | Refusal {
    if (method !== 'POST') return { kind: 'method', allow: 'POST' };
    if (!/^application\/json\s*(?:;|$)/i.test(headers.value('content-type') ?? ''))
      return { kind: 'media-type' };
    const encoding = headers.value('content-encoding');
    if (encoding !== undefined && encoding !== 'identity') return { kind: 'encoding' };
    if (Number(headers.value('content-length') ?? 0) > this.bodyLimitBytes) return { kind: 'too-large' };
    return findSignature(headers);
  }

  /** Calls `answer` once: after the commit, or when it is refused. Never rejects. */
  async take(
    arrival: Arrival,
    body: Buffer,
    signed: SignatureHeaders,
    answer: (answer: Answer) => void,
  ): Promise<void> {
    const { verify, intake } = this.#parts;
    const { requests } = this;
    arrival.signed = signed;
    const text = body.toString('utf8');
    const verdict = verify(body, signed, text);
    const message = verdict === 'verified' ? this.#toMessage(body, text, signed) : undefined;
    if (message === undefined) {
      const kind = verdict === 'refused' ? 'unverified' : 'unreadable';
      answer(requests.refused(arrival, { kind }, verdict === 'undecodable' ? verdict : undefined));
      return;
    }
    arrival.message = message;
    try {
      const outcome = await intake.submit(message, arrival.span);
      answer(requests.stored(arrival, outcome));
    } catch (error) {
      answer(
        error instanceof IntakeRefusal
          ? requests.refused(arrival, { kind: 'unavailable', reason: error.reason })
          : requests.failed(arrival, error),
      );
    }
  }

  #toMessage(bytes: Buffer, text: string, signed: SignatureHeaders): Message | undefined {
    const attemptedAt = Number(signed.timestamp) * 1000;
    const event = parseEvent(text, attemptedAt);
    if (event === undefined) return undefined;
    const body = redact(text, event.type, this.#parts);
    // What is stored and what is projected must be the same: a replay reads the stored text.
    const kept = body === text ? event : parseEvent(body, attemptedAt);
    if (kept === undefined) return undefined;
    return { ...kept, id: signed.id, body, ...(body === text ? { bytes } : {}) };
  }
}
