// A webhook as Node's own HTTP server brings it: for the service, for an Express router and for a Next.js Pages route.

import type { IncomingMessage, ServerResponse } from 'node:http';
import bodyParser from 'body-parser';
import type { SignatureHeaders } from '../clerk/signature-headers.ts';
import type { Reading } from './body-budget.ts';
import { alreadyRead, refuse, write, type Refusal } from './error-response.ts';
import { NodeHeaders } from './signature-headers.ts';
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

  const take = (body: Buffer, signed: SignatureHeaders, response: ServerResponse): void => {
    void webhook.take(body, signed, (answer) => {
      write(response, answer);
    });
  };

  return (request: NodeRequest, response) => {
    const signed = webhook.judgeHead(request.method, new NodeHeaders(request));
    if ('kind' in signed) {
      refuse(response, signed);
      return;
    }
    if (request.readableDidRead) {
      const body = [request.rawBody, request.body].find((each) => Buffer.isBuffer(each));
      if (body === undefined) webhook.log.error({ messageId: signed.id }, alreadyRead);
      if (body === undefined) refuse(response, { kind: 'already-read' });
      else if (body.length > limit) refuse(response, { kind: 'too-large' });
      else take(body, signed, response);
      return;
    }
    const reading = webhook.budget.begin(Number(request.headers['content-length'] ?? 0));
    if ('kind' in reading) {
      refuse(response, reading);
      return;
    }
    count(request, response, reading);
    readBody(request, response, (error) => {
      // body-parser leaves no body at all where there are no bytes.
      if (error === undefined)
        take(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0), signed, response);
      else refuseBody(webhook, error, response);
    });
  };
}

function count(request: IncomingMessage, response: ServerResponse, reading: Reading): void {
  const release = (): void => {
    reading.end();
    request.off('data', onData);
  };
  const onData = (chunk: Buffer): void => {
    const refused = reading.count(chunk.length);
    if (refused === undefined) return;
    release();
    giveUp(request, response, refused);
  };
  request.on('data', onData).once('end', release).once('close', release);
}

/** Answers at once; the reader of the body lets go of what it holds, and what is yet to come is dropped as it comes. */
function giveUp(request: IncomingMessage, response: ServerResponse, refused: Refusal): void {
  refuse(response, refused);
  // As when the sender goes away. Not an error: where the reader has ended already nobody listens, and that ends the process.
  request.emit('aborted');
}

/** body-parser tells by `type` what is wrong with a body; anything else is a fault of ours. */
function refuseBody(webhook: Webhook, error: unknown, response: ServerResponse): void {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') refuse(response, { kind: 'too-large' });
  else if (type === 'request.size.invalid' || type === 'request.aborted')
    refuse(response, { kind: 'incomplete' });
  else
    webhook.fail(error, (answer) => {
      write(response, answer);
    });
}
