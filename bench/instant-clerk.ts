// A Clerk that answers at once, as a process of its own: pages of users that are made by copying bytes, and empty lists for
// all else. It refuses nothing and checks nothing: what it is like to be asked is `clerk-mirror fake-clerk`'s to show.

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pageSize, tenantPages } from './backfill/tenant-pages.ts';
import type { ClerkFacts, ClerkOrder } from './backfill/protocol.ts';

/** That of the bench's events. */
const instance = { object: 'instance', id: 'ins_2benchBenchBenchBenchBench', environment_type: 'production' };
const nothing = Buffer.from('{"data":[],"total_count":0}');

const tenant = tenantPages();
let users = 0;
let pages = 0;
let requests: Record<string, number> = {};
let gate: PromiseWithResolvers<undefined> | undefined;

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake');
  const path = pathname.replace(/^\/v1/, '');
  requests[path] = (requests[path] ?? 0) + 1;
  if (path === '/users') void answerPage(response, searchParams);
  else if (path === '/users/count') answer(response, { object: 'total_count', total_count: users });
  else if (path === '/instance') answer(response, instance);
  else send(response, nothing);
});

async function answerPage(response: ServerResponse, parameters: URLSearchParams): Promise<void> {
  await gate?.promise;
  const after = parameters.get('starting_after');
  const page = after === null ? 0 : tenant.behind(after);
  const isPlain =
    page !== undefined && parameters.get('limit') === String(pageSize) && !parameters.has('offset');
  if (!isPlain) response.statusCode = 400;
  pages += 1;
  if (isPlain) send(response, page * pageSize < users ? tenant.render(page) : Buffer.from('[]'));
  else answer(response, { errors: [{ code: 'not_a_page_of_the_bench' }] });
}

function answer(response: ServerResponse, body: object): void {
  send(response, Buffer.from(JSON.stringify(body)));
}

function send(response: ServerResponse, body: Buffer): void {
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', body.length);
  response.end(body);
}

function facts(): ClerkFacts {
  const { user, system } = process.cpuUsage();
  const whole = users / pageSize;
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    pages,
    rows: Object.fromEntries(Object.entries(tenant.rows).map(([table, rows]) => [table, rows * whole])),
    bytesPerUser: Math.round(tenant.bytes / pageSize),
    cpuSeconds: (user + system) / 1e6,
  };
}

process.on('message', (order: ClerkOrder) => {
  if (order.kind === 'users') {
    users = Math.ceil(order.users / pageSize) * pageSize;
    requests = {};
  } else if (order.kind === 'hold') {
    gate?.resolve(undefined);
    gate = order.held ? Promise.withResolvers<undefined>() : undefined;
  }
  process.send?.(facts());
});
process.on('disconnect', () => process.exit(0));

server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.(facts());
