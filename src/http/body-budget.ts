// How many bytes of bodies may be in progress at once: many slow senders must not fill the memory. Beyond it 503, before a body is read.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import { refuse, type Refusal } from './error-response.ts';

export interface BodyBudgetOptions {
  readonly bytes: number;
  /** Whether the intake would take a body of this size now: when not, nobody need read it. */
  readonly hasRoomFor: (bytes: number) => boolean;
}

const overloaded: Refusal = { kind: 'unavailable', reason: 'overloaded' };

/**
 * Counts what has been read, not what was declared: declarations cost nothing, and a few hundred of them would lock
 * everybody else out.
 */
export function bodyBudget({ bytes: most, hasRoomFor }: BodyBudgetOptions): RequestHandler {
  let inProgress = 0;
  return (request, response, next) => {
    const declared = Number(request.headers['content-length'] ?? 0);
    // Alone, a body of any size is taken: the body limit has judged it.
    if (!hasRoomFor(declared) || (inProgress > 0 && inProgress + declared > most)) {
      refuse(response, overloaded);
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
      if (inProgress <= most || inProgress === read) return;
      release();
      giveUp(request, response);
    };
    request.on('data', count).once('end', release).once('close', release);
    next();
  };
}

/** Answers at once; the reader of the body lets go of what it holds, and what is yet to come is dropped as it comes. */
function giveUp(request: IncomingMessage, response: ServerResponse): void {
  refuse(response, overloaded);
  request.emit('error', Object.assign(new Error('too many bytes in progress'), { type: 'request.aborted' }));
}
