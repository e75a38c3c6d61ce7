// A listening HTTP server with limits on how slowly a request may come, and a way to stop that answers what it has.

import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { codeOf, MirrorError } from './errors.ts';

export interface Listener {
  readonly port: number;
  /** Stops accepting, lets what is being answered finish, cuts what is not finished after a while. */
  close(cutAfterMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** The variable that a reader changes when the port is taken. */
  readonly portSetting: string;
  /** How slowly a request may come, ms, in place of the usual limits. */
  readonly slowest?: Partial<typeof slowest>;
}

/** How long a stopping listener goes on letting requests in, ms, at most. */
const mostNoticeMs = 500;

const slowest = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  // Node looks at the two limits above only this often; its default is 30 s.
  connectionsCheckingInterval: 1000,
};
const limits = {
  ...slowest,
  // Longer than a reverse proxy keeps its own side, so that it never writes into a connection we just closed.
  keepAliveTimeout: 75_000,
  // Nobody here looks at Host; Node would refuse its absence in words of its own.
  requireHostHeader: false,
};

/** Errors: `port-in-use`. */
export async function listen(handler: RequestListener, options: ListenOptions): Promise<Listener> {
  let closing = false;
  const open = new Set<ServerResponse>();
  const receive: RequestListener = (request, response) => {
    if (closing) response.shouldKeepAlive = false;
    open.add(response);
    response.once('close', () => open.delete(response));
    handler(request, response);
  };
  const server = createServer({ ...limits, ...options.slowest }, receive);
  // An expectation that nobody has is passed over, as HTTP allows; Node would answer an empty 417.
  server.on('checkExpectation', receive);
  server.on('connect', (_request, socket: Socket) => {
    answerBrokenRequest(new Error('CONNECT'), socket);
  });
  server.on('clientError', (error, socket: Socket) => {
    // An answer is on its way already to a request before the broken bytes: no other may overtake it.
    const pending = [...open].find((response) => response.socket === socket && response.req.complete);
    if (pending !== undefined) {
      pending.shouldKeepAlive = false;
      pending.once('finish', () => socket.end());
    } else answerBrokenRequest(error, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(listenError(error, options));
    });
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close(cutAfterMs) {
      closing = true;
      // Node stops looking at its own limits when a server closes.
      setTimeout(() => {
        server.closeAllConnections();
      }, cutAfterMs).unref();
      // Not ready by now: a balancer that asks has time to look elsewhere, before the door shuts on who stands in it.
      await new Promise((resolve) => setTimeout(resolve, Math.min(mostNoticeMs, cutAfterMs / 4)));
      // A connection kept alive by an answer that is yet to come would hold the server open.
      for (const response of open) response.shouldKeepAlive = false;
      await closeServer(server);
    },
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Node's own words for what never became a request, in the form of all our refusals. */
function answerBrokenRequest(error: Error, socket: Socket): void {
  if (!socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const code = codeOf(error);
  const [status, message] =
    code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', 'The request took too long to arrive']
      : code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'Headers too large']
        : ['400 Bad Request', 'Not an HTTP request'];
  const body = JSON.stringify({ success: false, message });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n` +
      `x-request-id: ${randomUUID()}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function listenError(error: Error, { host, port, portSetting }: ListenOptions): Error {
  const code = codeOf(error);
  if (code === 'EADDRINUSE') {
    return new MirrorError(
      'port-in-use',
      `Port ${port} on ${host} is in use.`,
      `Stop what listens there, or set ${portSetting} to another port.`,
      error,
    );
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
    return new MirrorError(
      'port-in-use',
      `Port ${port} on ${host} cannot be opened (${code}).`,
      `Set ${portSetting} or its host to one this user may listen on.`,
      error,
    );
  }
  return error;
}
