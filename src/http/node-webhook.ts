// A webhook as Node's own HTTP server brings it: for the service, for an Express router and for a Next.js Pages route.

import type { IncomingMessage, ServerResponse } from 'node:http';
import bodyParser from 'body-parser';
import {
  findSignature,
  type HeaderFault,
  type HeaderView,
  type SignatureHeaders,
} from '../clerk/signature-headers.ts';
import type { Reading } from './body-budget.ts';
import { alreadyRead, write, type Answer, type Refusal } from './error-response.ts';
import { nameRequest } from './request-log.ts';
import type { Arrival } from './request-log.ts';
import type { Webhook } from './webhook.ts';

/** Whoever stood before us in a program of others may have read the body, and left it here. */
interface NodeRequest extends IncomingMessage {
  readonly body?: unknown;
  readonly rawBody?: unknown;
}

type ReadBody = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => void;

export function nodeWebhook(webhook: Webhook): NodeListener {
  const limit = webhook.bodyLimitBytes;
  const readBody = bodyParser.raw({ type: () => true, limit, inflate: false }) as ReadBody;

  return (request: NodeRequest, response) => {
    const arrival = webhook.requests.begin(
      nameOf(response),
      request.headers.traceparent as string | undefined,
    );
    const refuse = (refused: Refusal): void => {
      write(response, webhook.requests.refused(arrival, refused));
    };
    const signed = webhook.judgeHead(request.method, new NodeHeaders(request));
    if ('kind' in signed) {
      refuse(signed);
      return;
    }
    arrival.signed = signed;
    const take = (body: Buffer): void => {
      void webhook.take(arrival, body, signed, (answer) => {
        write(response, answer);
      });
    };
    if (request.readableDidRead) {
      const body = [request.rawBody, request.body].find((each) => Buffer.isBuffer(each));
      if (body === undefined) webhook.log.error({ messageId: signed.id }, alreadyRead);
      if (body === undefined) refuse({ kind: 'already-read' });
      else if (body.length > limit) refuse({ kind: 'too-large' });
      else take(body);
      return;
    }
    const reading = webhook.budget.begin(Number(request.headers['content-length'] ?? 0));
    if ('kind' in reading) {
      refuse(reading);
      return;
    }
    count(request, reading, refuse);
    readBody(request, response, (error) => {
      // body-parser leaves no body at all where there are no bytes.
      if (error === undefined) take(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
      else write(response, refuseBody(webhook, arrival, error));
    });
  };
}

/** As it stands in the answer already. */
function nameOf(response: ServerResponse): string {
  const named = response.getHeader('x-request-id');
  return nameRequest(typeof named === 'number' ? String(named) : named);
}

function count(request: IncomingMessage, reading: Reading, refuse: (refused: Refusal) => void): void {
  const release = (): void => {
    reading.end();
    request.off('data', onData);
  };
  const onData = (chunk: Buffer): void => {
    const refused = reading.count(chunk.length);
    if (refused === undefined) return;
    release();
    // Answered at once; the reader of the body lets go of what it holds, and what is yet to come is dropped as it comes.
    refuse(refused);
    // As when the sender goes away. Not an error: where the reader has ended already nobody listens, and that ends the process.
    request.emit('aborted');
  };
  request.on('data', onData).once('end', release).once('close', release);
}

/** body-parser tells by `type` what is wrong with a body; anything else is a fault of ours. */
function refuseBody({ requests }: Webhook, arrival: Arrival, error: unknown): Answer {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') return requests.refused(arrival, { kind: 'too-large' });
  if (type === 'request.size.invalid' || type === 'request.aborted')
    return requests.refused(arrival, { kind: 'incomplete' });
  return requests.failed(arrival, error);
}

/** The headers of a request as Node has read them. */
export class NodeHeaders implements HeaderView {
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  value(name: string): string | undefined {
    const value = this.#request.headers[name];
    return typeof value === 'object' ? value.join(', ') : value;
  }

  /** Node has joined repeated headers; the raw list shows them. Who made the request by hand may have left it empty. */
  isRepeated(name: string): boolean {
    const { rawHeaders } = this.#request;
    let count = 0;
    for (let index = 0; index < rawHeaders.length; index += 2)
      if (rawHeaders[index]?.toLowerCase() === name) count++;
    return count !== 1;
  }
}

export function readSignatureHeaders(request: IncomingMessage): SignatureHeaders | HeaderFault {
  return findSignature(new NodeHeaders(request));
}
