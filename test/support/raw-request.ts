// A signed webhook as the bytes of an HTTP request, each part of which a test may spell otherwise.

import { signed } from './mirror.ts';

/** Header lines -> header lines. */
export type LinesChange = (lines: readonly string[]) => readonly string[];

export interface RawRequest {
  readonly body: string | Buffer;
  /** The id it is signed with. */
  readonly id: string;
  /** The header lines of a good request -> those that are sent. */
  readonly change?: LinesChange;
  readonly requestLine?: string;
  /** How the body's length is told; a good request has its `content-length`. */
  readonly framing?: readonly string[];
  /** The body as it goes over the wire; a good request has it as it was signed. */
  readonly sent?: string | Buffer;
}

export function headLines({ body, id }: Pick<RawRequest, 'body' | 'id'>): string[] {
  const { headers } = signed(body, id);
  return ['host: mirror.test', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
}

export function rawRequest(request: RawRequest): Buffer {
  const change: LinesChange = request.change ?? ((lines) => lines);
  const { body, requestLine = 'POST /api/webhooks HTTP/1.1' } = request;
  const framing = request.framing ?? [`content-length: ${Buffer.byteLength(body)}`];
  const lines = [requestLine, ...change(headLines(request)), ...framing];
  // latin1: one byte for each letter, as headers are read.
  return Buffer.concat([
    Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'),
    Buffer.from(request.sent ?? body),
  ]);
}

/** Another value for one header, or several lines, or none. */
export function header(name: string, ...values: string[]): LinesChange {
  return (lines) =>
    lines.flatMap((line) =>
      line.startsWith(`${name}: `) ? values.map((value) => `${name}: ${value}`) : [line],
    );
}

export function chunked(...chunks: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat([
    ...chunks.flatMap((chunk) => [
      Buffer.from(`${Buffer.byteLength(chunk).toString(16)}\r\n`),
      Buffer.from(chunk),
      Buffer.from('\r\n'),
    ]),
    Buffer.from('0\r\n\r\n'),
  ]);
}

/** The good headers, and so many more of one name. */
export function more(name: string, ...values: string[]): LinesChange {
  return (lines) => [...lines, ...values.map((value) => `${name}: ${value}`)];
}
