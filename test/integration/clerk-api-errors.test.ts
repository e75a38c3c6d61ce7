// What is said when Clerk does not give what it was asked for: enough to act, and nothing of the key or of anybody's data.

import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ClerkApiError } from '../../src/clerk/api/clerk-api-error.ts';
import { describeError, MirrorError } from '../../src/platform/errors.ts';
import { Secret } from '../../src/platform/secret.ts';
import { mark, tag } from '../support/marks.ts';
import {
  cutBody,
  cutJson,
  hangUp,
  json,
  noHeaders,
  openScriptedApi,
  refused,
  slowBody,
  text,
  type Answer,
  type ScriptedApi,
} from '../support/scripted-api.ts';

let scripted: ScriptedApi | undefined;

afterEach(async () => {
  await scripted?.close();
});

/** What comes of a list of users that is answered so, for ever. */
async function errorOf(answer: Answer, timeoutMs = 5000): Promise<ClerkApiError> {
  scripted = await openScriptedApi({ timeoutMs });
  scripted.answers(answer);
  const error = await scripted.api
    .get('/users/user_1', { email_address: 'somebody@example.test' })
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ClerkApiError);
  expect(error).toBeInstanceOf(MirrorError);
  return error as ClerkApiError;
}

describe('Clerk says no', () => {
  test.each([
    [400, 'request_body_invalid', 'newer version'],
    [401, 'secret_key_invalid', 'CLERK_SECRET_KEY'],
    [402, 'payment_required', 'plan'],
    [403, 'organization_not_enabled_in_instance', 'plan'],
    [404, 'resource_not_found', 'not there'],
    [410, 'deprecated', 'newer version'],
    [422, 'form_param_invalid', 'clerk_trace_id'],
    [429, 'too_many_requests', 'limit'],
  ])('%i %s', async (status, clerkCode, mend) => {
    const error = await errorOf(refused(status, clerkCode));
    expect(error).toMatchObject({
      code: 'clerk-refused',
      status,
      clerkCode,
      traceId: 'trace0123',
      exitCode: 1,
    });
    for (const told of [String(status), clerkCode, 'trace0123']) expect(error.message).toContain(told);
    expect(error.message).toContain(status === 401 ? 'CLERK_SECRET_KEY is not accepted' : '/v1/users/user_1');
    expect(error.mend).toMatch(new RegExp(`${mend}.*\\.$`));
    expect(error.message).not.toContain('somebody');
    expect(error.message).not.toContain('no: ');
    expect(describeError(error)).toBe(error.message);
  });

  test.each([500, 502, 503])('%i is trouble of its own', async (status) => {
    expect(await errorOf(refused(status, 'internal_clerk_error'))).toMatchObject({
      code: 'clerk-unreachable',
      clerkCode: 'internal_clerk_error',
      traceId: 'trace0123',
      status,
    });
  });

  test('only a 404 of Clerk’s own says that something is not there', async () => {
    expect((await errorOf(refused(404, 'resource_not_found'))).isNotFound).toBe(true);
    await scripted?.close();
    expect((await errorOf(text('<h1>Not Found</h1>', 'text/html', 404))).isNotFound).toBe(false);
    await scripted?.close();
    expect((await errorOf(json({ message: 'no such route' }, { status: 404 }))).isNotFound).toBe(false);
    await scripted?.close();
    expect((await errorOf(refused(403, 'resource_not_found'))).isNotFound).toBe(false);
  });
});

describe('somebody else answers', () => {
  const strangers: [string, Answer, string][] = [
    ['a page', text('<html>welcome</html>', 'text/html; charset=utf-8'), '200, text/html'],
    ['JSON that calls itself text', text('[]', 'text/plain'), '200, text/plain'],
    ['JSON of another kind', text('{}', 'application/problem+json'), '200, application/problem+json'],
    ['nothing', (response) => response.writeHead(200).end(), '200, no content type'],
    ['no content', (response) => response.writeHead(204).end(), '204, no content type'],
    ['half a page', json([], { status: 206 }), '206, application/json'],
    ['JSON that ends too soon', cutJson, '200, application/json that does not parse'],
    ['a word', json('hello'), '200, application/json that does not parse'],
    [
      'elsewhere',
      (response) => response.writeHead(301, { location: '/elsewhere' }).end(),
      '301, no content type',
    ],
    ['a gate', text('<html>blocked</html>', 'text/html', 403), '403, text/html'],
    [
      'a login',
      (response) => response.writeHead(401, { 'www-authenticate': 'Basic' }).end(),
      '401, no content type',
    ],
  ];

  test.each(strangers)('%s', async (_name, answer, told) => {
    const error = await errorOf(answer);
    expect(error).toMatchObject({ code: 'clerk-unexpected', clerkCode: undefined, traceId: undefined });
    expect(error.message).toBe(
      `${scripted?.url.replace('http://', '')} does not answer as Clerk's API does: ${told}`,
    );
    expect(error.mend).toContain('CLERK_API_URL');
  });

  test('the key does not go where a redirect leads', async () => {
    const elsewhere = await openScriptedApi();
    const error = await errorOf((response) => response.writeHead(307, { location: elsewhere.url }).end());
    expect(error.status).toBe(307);
    expect(scripted?.seen).toHaveLength(1);
    expect(elsewhere.seen).toEqual([]);
    await elsewhere.close();
  });
});

describe('nobody answers', () => {
  test('where nobody listens: host and code', async () => {
    const gone = await openScriptedApi();
    await gone.close();
    scripted = await openScriptedApi({ url: gone.url });
    await expect(scripted.api.get('/users')).rejects.toMatchObject({
      code: 'clerk-unreachable',
      message: `Clerk's API at ${gone.url.replace('http://', '')} did not answer: ECONNREFUSED`,
      status: undefined,
    });
  });

  test.each([
    ['at all', noHeaders],
    ['to the end', slowBody],
  ])('%s in time', async (_name, answer) => {
    expect((await errorOf(answer, 200)).message).toMatch(/did not answer: not whole within 0\.2 s$/);
  });

  test.each([
    ['before the headers', hangUp],
    ['in the body', cutBody()],
  ])('because the connection breaks %s', async (_name, answer) => {
    expect((await errorOf(answer)).message).toMatch(/did not answer: (?:UND_ERR_SOCKET|ECONNRESET)$/);
  });
});

describe('nothing marked is shown', () => {
  const shown = mark('r');
  /** Clerk quotes what it was sent. */
  const quoting = (status: number): Answer =>
    json(
      {
        errors: [
          { code: `code for ${shown}`, message: shown, long_message: shown, meta: { param_name: shown } },
        ],
        clerk_trace_id: `of ${shown}`,
        meta: { [shown]: shown },
      },
      { status },
    );
  const all: [string, Answer][] = [
    ...[400, 401, 403, 404, 422, 429, 500].map((status): [string, Answer] => [
      String(status),
      quoting(status),
    ]),
    ['a page', text(`<html>${shown}</html>`, 'text/html')],
    ['a kind of content', text('[]', `text/x; ${shown}`)],
    ['JSON that does not parse', text(`{"a":"${shown}`, 'application/json')],
    ['no HTTP', (response) => response.socket?.end(`HTTP/1.1 ${shown}\r\n${shown}: ${shown}\r\n\r\n`)],
    ['a header that is none', (response) => response.socket?.end(`HTTP/1.1 200 OK\r\n${shown}\r\n\r\n`)],
    [
      'a chunk that is none',
      (response) =>
        response.socket?.end(
          `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${shown}`,
        ),
    ],
    ['a redirect', (response) => response.writeHead(302, { location: `/${shown}` }).end()],
    [
      'a cut body',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '999' });
        response.write(`["${shown}"`);
        setTimeout(() => response.destroy(), 10);
      },
    ],
    ['no answer', noHeaders],
    ['a closed connection', hangUp],
  ];

  test.each(all)('%s', async (_name, answer) => {
    scripted = await openScriptedApi({
      key: new Secret(`sk_test_${mark('s')}`),
      timeoutMs: answer === noHeaders ? 200 : 5000,
    });
    const { api, seen, lines, answers } = scripted;
    answers(answer);
    const error = await api.get('/users', { email_address: mark() }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ClerkApiError);
    expect(seen[0]?.headers.authorization).toContain(tag);
    const told = [
      inspect(error, { depth: Infinity, showHidden: true }),
      JSON.stringify(error),
      (error as Error).stack,
      inspect(api, { depth: Infinity, showHidden: true }),
      ...lines,
    ];
    expect(told.filter((each) => each?.includes(tag))).toEqual([]);
  });
});
