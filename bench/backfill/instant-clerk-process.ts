// A Clerk that answers at once, as a process of its own: pages of the load's users, and empty lists for all else. It has no
// rate limit and checks nothing; how Clerk really answers is what `clerk-mirror fake-clerk` shows.

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { idOf, instanceId, unchangedAddresses, userOf } from '../../testbed/payloads/numbered.ts';
import { pageSize, type ClerkFacts, type ClerkOrder } from './instant-clerk.ts';

const updatedAt = Date.now() - 86_400_000;
let users = 0;
let pages = 0;
let requests: Record<string, number> = {};
let gate: PromiseWithResolvers<undefined> | undefined;

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://clerk');
  const path = pathname.replace(/^\/v1/, '');
  requests[path] = (requests[path] ?? 0) + 1;
  if (path === '/users') void answerPage(response, searchParams);
  else if (path === '/users/count') answer(response, { object: 'total_count', total_count: users });
  else if (path === '/instance')
    answer(response, { object: 'instance', id: instanceId, environment_type: 'production' });
  else answer(response, { data: [], total_count: 0 });
});

async function answerPage(response: ServerResponse, parameters: URLSearchParams): Promise<void> {
  await gate?.promise;
  const after = parameters.get('starting_after');
  const first = after === null ? 0 : Number(after.slice(-9)) + 1;
  const isPage = parameters.get('limit') === String(pageSize) && !parameters.has('offset');
  if (!isPage || (after !== null && after !== idOf('user', first - 1))) {
    response.statusCode = 400;
    answer(response, { errors: [{ code: 'not_a_page_of_the_bench' }] });
    return;
  }
  pages += 1;
  const length = Math.max(0, Math.min(pageSize, users - first));
  const page = Array.from({ length }, (_, index) => {
    // Only webhooks carry the directory of a user.
    const { scim: _scim, ...user } = userOf(first + index, unchangedAddresses, updatedAt);
    return user;
  });
  answer(response, page);
}

function answer(response: ServerResponse, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', bytes.length);
  response.end(bytes);
}

function facts(): ClerkFacts {
  const { user, system } = process.cpuUsage();
  return { port: (server.address() as AddressInfo).port, requests, pages, cpuSeconds: (user + system) / 1e6 };
}

process.on('message', (order: ClerkOrder) => {
  if (order.kind === 'users') {
    users = order.users;
    requests = {};
  } else if (order.kind === 'hold') {
    gate?.resolve(undefined);
    gate = order.isHeld ? Promise.withResolvers<undefined>() : undefined;
  }
  process.send?.(facts());
});
process.on('disconnect', () => process.exit(0));

server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.(facts());
