// The headers of a request as Node has read them.

import type { IncomingMessage } from 'node:http';
import {
  findSignature,
  type HeaderFault,
  type HeaderView,
  type SignatureHeaders,
} from '../clerk/signature-headers.ts';

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
