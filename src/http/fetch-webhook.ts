// A webhook as a Fetch `Request`: for a Next.js App Router route, and for every runtime that speaks Fetch on Node.

import type { HeaderView } from '../clerk/signature-headers.ts';
import { alreadyRead, type Answer, type Refusal } from './error-response.ts';
import { nameRequest } from './request-log.ts';
import type { Arrival } from './request-log.ts';
import type { Webhook } from './webhook.ts';

class FetchHeaders implements HeaderView {
  readonly #headers: Headers;

  constructor(headers: Headers) {
    this.#headers = headers;
  }

  value(name: string): string | undefined {
    return this.#headers.get(name) ?? undefined;
  }

  /** Fetch joins repeated headers and forgets it; nothing that Svix sends looks like that. */
  isRepeated(): boolean {
    return true;
  }
}

export function fetchWebhook(webhook: Webhook, request: Request): Promise<Response> {
  const { requests } = webhook;
  const requestId = nameRequest(request.headers.get('x-request-id'));
  const arrival = requests.begin(requestId, request.headers.get('traceparent') ?? undefined);
  return new Promise((resolve) => {
    const answer = (given: Answer): void => {
      resolve(toResponse(given, request, requestId));
    };
    respond(webhook, request, arrival, answer).catch((error: unknown) => {
      answer(requests.failed(arrival, error));
    });
  });
}

export function toResponse(
  { status, headers, text }: Answer,
  request: Request,
  requestId = nameRequest(request.headers.get('x-request-id')),
): Response {
  return new Response(text, { status, headers: { ...headers, 'x-request-id': requestId } });
}

async function respond(
  webhook: Webhook,
  request: Request,
  arrival: Arrival,
  answer: (answer: Answer) => void,
): Promise<void> {
  const refuse = (refused: Refusal): void => {
    answer(webhook.requests.refused(arrival, refused));
  };
  const signed = webhook.judgeHead(request.method, new FetchHeaders(request.headers));
  if ('kind' in signed) {
    refuse(signed);
    return;
  }
  arrival.signed = signed;
  if (request.bodyUsed || request.body?.locked === true) {
    webhook.log.error({ messageId: signed.id }, alreadyRead);
    refuse({ kind: 'already-read' });
    return;
  }
  const body = await readBody(webhook, request);
  if (Buffer.isBuffer(body)) await webhook.take(arrival, body, signed, answer);
  else refuse(body);
}

async function readBody({ budget }: Webhook, request: Request): Promise<Buffer | Refusal> {
  const declared = request.headers.get('content-length');
  const reading = budget.begin(Number(declared ?? 0));
  if ('kind' in reading) return reading;
  const reader = (request.body as ReadableStream<Uint8Array> | null)?.getReader();
  const drop = (): void => {
    reader?.cancel().catch(() => undefined);
  };
  request.signal.addEventListener('abort', drop, { once: true });
  try {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
      const refused = reading.count(next.value.length);
      if (refused !== undefined) {
        drop();
        return refused;
      }
      chunks.push(next.value);
      length += next.value.length;
    }
    if (request.signal.aborted || (declared !== null && Number(declared) !== length))
      return { kind: 'incomplete' };
    return Buffer.concat(chunks, length);
  } catch {
    // Its sender went away.
    return { kind: 'incomplete' };
  } finally {
    reading.end();
    request.signal.removeEventListener('abort', drop);
  }
}
