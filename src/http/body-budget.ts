// How many bytes of bodies may be in progress at once: many slow senders must not fill the memory. Beyond it 503, and the body is dropped.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import { refuse, type Refusal } from './error-response.ts';

export interface BodyBudgetOptions {
  /** Of all bodies together. */
  readonly bytes: number;
  /** Of one body: what comes behind it is dropped and counts no more. */
  readonly largest: number;
  /** Whether the intake would take a body of this size now: when not, nobody need read it. */
  readonly hasRoomFor: (bytes: number) => boolean;
}

/** A usual event is a tenth of it. The last quarter is for such: large bodies cannot lock them out. */
const smallBody = 64 * 1024;

/**
 * Counts what has been read, not what was declared: declarations cost nothing, and a few hundred of them would lock
 * everybody else out.
 */
export function bodyBudget({ bytes: most, largest, hasRoomFor }: BodyBudgetOptions): RequestHandler {
  let inProgress = 0;
  const mostFor = (size: number): number => (size <= smallBody ? most : most * 0.75);
  return (request, response, next) => {
    const declared = Number(request.headers['content-length'] ?? 0);
    if (!hasRoomFor(declared) || inProgress + declared > mostFor(declared)) {
      refuse(response, { kind: 'unavailable', reason: 'overloaded' });
      return;
    }
    let read = 0;
    const release = (): void => {
      inProgress -= read;
      read = 0;
      request.off('data', count);
    };
    const count = (chunk: Buffer): void => {
      read += chunk.length;
      inProgress += chunk.length;
      const isTooLarge = read > largest;
      if (!isTooLarge && inProgress <= mostFor(read)) return;
      release();
      giveUp(
        request,
        response,
        isTooLarge ? { kind: 'too-large' } : { kind: 'unavailable', reason: 'overloaded' },
      );
    };
    request.on('data', count).once('end', release).once('close', release);
    next();
  };
}

/** Answers at once; the reader of the body lets go of what it holds, and what is yet to come is dropped as it comes. */
function giveUp(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  refuse(response, refusal);
  // As when the sender goes away. Not an error: where the reader has ended already nobody listens, and that ends the process.
  request.emit('aborted');
}
