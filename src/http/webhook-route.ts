// POST /api/webhooks: cheap refusals first, then the body, its signature, the intake; the answer comes after the commit.

import bodyParser from 'body-parser';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { parseEvent } from '../clerk/event.ts';
import { redact, type RedactOptions } from '../clerk/redact.ts';
import type { SignatureHeaders, Verify } from '../clerk/verify.ts';
import type { Message } from '../inbox/message.ts';
import { IntakeRefusal, type Intake } from '../intake/intake.ts';
import type { Logger } from '../platform/logger.ts';
import { bodyBudget } from './body-budget.ts';
import { refuse, succeed, type Refusal } from './error-response.ts';
import { readSignatureHeaders } from './signature-headers.ts';

export interface WebhookRouteParts extends RedactOptions {
  readonly verify: Verify;
  readonly intake: Pick<Intake, 'submit' | 'hasRoomFor'>;
  readonly log: Logger;
  readonly bodyLimitBytes: number;
  /** Bytes of all bodies that are being read at one time. */
  readonly bodyBudgetBytes?: number;
}

const defaultBudgetBytes = 32 * 1024 * 1024;

export function webhookRoute(parts: WebhookRouteParts): RequestHandler[] {
  const readBody = bodyParser.raw({ type: () => true, limit: parts.bodyLimitBytes, inflate: false });
  const budget = bodyBudget({
    bytes: parts.bodyBudgetBytes ?? Math.max(defaultBudgetBytes, 2 * parts.bodyLimitBytes),
    largest: parts.bodyLimitBytes,
    hasRoomFor: (bytes) => parts.intake.hasRoomFor(bytes),
  });
  return [checkHead(parts.bodyLimitBytes), budget, readBody as RequestHandler, takeMessage(parts)];
}

/** What can be refused without the body is refused before it is read, in the order of the contract. */
function checkHead(limit: number): RequestHandler {
  return (request, response, next) => {
    const refusal = refusalOfHead(request, response, limit);
    if (refusal === undefined) next();
    else refuse(response, refusal);
  };
}

function refusalOfHead(request: Request, response: Response, limit: number): Refusal | undefined {
  if (request.method !== 'POST') return { kind: 'method', allow: 'POST' };
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? ''))
    return { kind: 'media-type' };
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return { kind: 'encoding' };
  if (Number(request.headers['content-length'] ?? 0) > limit) return { kind: 'too-large' };
  const signed = readSignatureHeaders(request);
  if ('kind' in signed) return signed;
  response.locals.signed = signed;
  return undefined;
}

function takeMessage({ verify, intake, log, ...options }: WebhookRouteParts): RequestHandler {
  return async (request: Request, response: Response, _next: NextFunction) => {
    const startedAt = performance.now();
    const signed = response.locals.signed as SignatureHeaders;
    // body-parser leaves no body at all where there are no bytes.
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const verdict = verify(body, signed);
    if (verdict !== 'verified') {
      log.warn({ messageId: signed.id, reason: verdict }, 'webhook refused');
      refuse(response, { kind: verdict === 'refused' ? 'unverified' : 'unreadable' });
      return;
    }
    const message = toMessage(body.toString('utf8'), signed, options);
    if (message === undefined) {
      log.warn({ messageId: signed.id, reason: 'unreadable' }, 'webhook refused');
      refuse(response, { kind: 'unreadable' });
      return;
    }
    const line = { messageId: message.id, type: message.type };
    try {
      const outcome = await intake.submit(message);
      succeed(response, outcome === 'new' ? 'Webhook received' : 'Webhook already received');
      log.info({ ...line, outcome, ms: Math.round(performance.now() - startedAt) }, 'webhook');
    } catch (error) {
      if (!(error instanceof IntakeRefusal)) throw error;
      refuse(response, { kind: 'unavailable', reason: error.reason });
      log.info({ ...line, outcome: error.reason, ms: Math.round(performance.now() - startedAt) }, 'webhook');
    }
  };
}

function toMessage(text: string, signed: SignatureHeaders, options: RedactOptions): Message | undefined {
  const attemptedAt = Number(signed.timestamp) * 1000;
  const event = parseEvent(text, attemptedAt);
  if (event === undefined) return undefined;
  const body = redact(text, event.type, options);
  // What is stored and what is projected must be the same: a replay reads the stored text.
  const kept = body === text ? event : parseEvent(body, attemptedAt);
  return kept === undefined ? undefined : { ...kept, id: signed.id, body };
}
