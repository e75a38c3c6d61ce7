// A server in Clerk's place that answers what a test has told it, and counts what it was asked.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ScriptedAnswer {
  readonly status: number;
  /** JSON, or the very text. */
  readonly body: unknown;
  readonly contentType?: string;
}

export interface ScriptedClerk {
  readonly url: string;
  readonly key: string;
  /** Path without `/v1` -> answer; what is not here is Clerk's 404. Undefined: the connection is cut. */
  readonly answers: Map<string, ScriptedAnswer | undefined>;
  /** Paths with their queries, in the order they were asked. */
  readonly requests: string[];
  /** Nothing is answered until `release` is called. */
  hold(): { release(): void };
  close(): Promise<void>;
}

export const scriptedKey = 'sk_test_scripted00000000000000000000000000';
export const traceId = 'trace0123456789abcdef';

export function refusal(status: number, code: string): ScriptedAnswer {
  const errors = [{ code, message: 'said to nobody', long_message: 'said to nobody at all' }];
  return { status, body: { errors, clerk_trace_id: traceId } };
}

export const ok = (body: unknown): ScriptedAnswer => ({ status: 200, body });

export async function startScriptedClerk(instanceId = 'ins_scripted'): Promise<ScriptedClerk> {
  const answers: ScriptedClerk['answers'] = new Map();
  const requests: string[] = [];
  let held: Promise<void> | undefined;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').replace(/^\/v1/, '');
    requests.push(path);
    await held;
    const bare = path.replace(/\?.*/s, '');
    const scripted = answers.has(bare) ? answers.get(bare) : refusal(404, 'resource_not_found');
    if (scripted === undefined) {
      response.destroy();
      return;
    }
    const isAllowed = request.headers.authorization === `Bearer ${scriptedKey}`;
    const { status, body, contentType } = isAllowed ? scripted : refusal(401, 'clerk_key_invalid');
    response.writeHead(status, { 'content-type': contentType ?? 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  const instance = { object: 'instance', id: instanceId, environment_type: 'development' };
  answers.set('/instance', ok(instance));
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key: scriptedKey,
    answers,
    requests,
    hold() {
      let release = (): void => undefined;
      held = new Promise<void>((resolve) => {
        release = resolve;
      });
      return {
        release() {
          held = undefined;
          release();
        },
      };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
