// A fake Clerk whose answers a test may change on their way: a list that lacks a row, a 404 that Clerk did not mean.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  /** Without /v1. */
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface Altered {
  readonly status: number;
  readonly body: unknown;
  readonly contentType?: string;
}

/** What is answered in place of the body; undefined: the body as it is. */
export type Alter = (asked: Asked, body: unknown) => Altered | undefined;

export interface AlteredClerk {
  readonly url: string;
  /** May be set at any time. */
  alter: Alter;
  /** Paths, as they were asked. */
  readonly requests: string[];
  close(): Promise<void>;
}

export async function startAlteredClerk(fakeUrl: string): Promise<AlteredClerk> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    void pass(request, response).catch(() => response.destroy());
  });
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://altered');
    const path = pathname.replace(/^\/v1/, '');
    requests.push(path);
    const headers = Object.fromEntries(
      ['authorization', 'clerk-api-version', 'accept'].map((name) => [
        name,
        String(request.headers[name] ?? ''),
      ]),
    );
    const answer = await fetch(`${fakeUrl}${request.url ?? ''}`, { headers });
    const text = await answer.text();
    const type = answer.headers.get('content-type') ?? '';
    const other =
      answer.ok && type.includes('json')
        ? clerk.alter({ path, query: searchParams }, JSON.parse(text))
        : undefined;
    response.writeHead(other?.status ?? answer.status, {
      'content-type': other?.contentType ?? type,
      date: answer.headers.get('date') ?? '',
    });
    response.end(
      other === undefined ? text : typeof other.body === 'string' ? other.body : JSON.stringify(other.body),
    );
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const clerk: AlteredClerk = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    alter: () => undefined,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return clerk;
}

export const notThere: Altered = {
  status: 404,
  body: { errors: [{ code: 'resource_not_found', message: 'not found' }], clerk_trace_id: 'trace0' },
};

interface CountedList {
  readonly data: readonly { readonly id: string }[];
  readonly total_count: number;
}

/** A list, bare or counted, without these; undefined: it is no list. */
export function without(body: unknown, ids: ReadonlySet<string>): Altered | undefined {
  const keep = ({ id }: { readonly id: string }): boolean => !ids.has(id);
  if (Array.isArray(body)) return { status: 200, body: (body as { id: string }[]).filter(keep) };
  const { data, total_count: total } = body as CountedList;
  if (!Array.isArray(data)) return undefined;
  const kept = data.filter(keep);
  return { status: 200, body: { data: kept, total_count: total - (data.length - kept.length) } };
}

/** Clerk without these objects: in no list, and 404 where they are asked for. */
export function hiding(ids: ReadonlySet<string>): Alter {
  return ({ path }, body) => {
    const last = path.split('/').at(-1) ?? '';
    return path.split('/').some((part) => ids.has(part)) || ids.has(last) ? notThere : without(body, ids);
  };
}
