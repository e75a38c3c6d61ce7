// A real service process under raw requests: what is answered is the contract's, and the inbox holds what was answered 200.

import { expect } from '@jest/globals';
import { contractFaults } from './contract-answer.ts';
import { change } from './fixtures.ts';
import { newMessageId, openMirror, type TestMirror } from './mirror.ts';
import { exchange, type Exchange, type ExchangeOptions } from './raw-http.ts';
import { rawRequest, type RawRequest } from './raw-request.ts';
import { killServices, startService } from './service-process.ts';

/** A good event, unless the test has another. */
export const goodText = JSON.stringify(change('user.created', { id: 'user_raw' }));

export type AttemptParts = Omit<RawRequest, 'id' | 'body'> & { readonly body?: string | Buffer };

/** A row of a table of requests: what it is, and what is answered. */
export type AttemptRow = readonly [what: string, status: number, message: string, parts: AttemptParts];

export interface Attempt extends Exchange {
  readonly status: number;
  readonly message: string;
}

export interface RawService {
  readonly mirror: TestMirror;
  readonly port: number;
  /** Ids whose messages must be in the inbox at the end; no other may be. */
  readonly acknowledged: string[];
  /** Sends one request; the inbox must have its message exactly when the answer says so. */
  attempt(parts: AttemptParts, options?: ExchangeOptions): Promise<Attempt>;
  /** The very process lives and takes a message; the inbox holds what was acknowledged and nothing else. */
  expectWell(): Promise<void>;
  close(): Promise<void>;
}

export async function openRawService(): Promise<RawService> {
  const mirror = await openMirror();
  const service = await startService({ DATABASE_URL: mirror.url });
  const port = Number(new URL(service.webhooks).port);
  const acknowledged: string[] = [];

  const attempt: RawService['attempt'] = async (parts, options) => {
    const id = newMessageId();
    const exchanged = await exchange(port, rawRequest({ body: goodText, ...parts, id }), options);
    const [answer] = exchanged.answers;
    expect(exchanged.answers.flatMap(contractFaults)).toEqual([]);
    expect(exchanged.answers).toHaveLength(1);
    const { message } = JSON.parse(answer!.text) as { message: string };
    const stored = await mirror.message(id);
    expect(stored !== undefined).toBe(answer!.status === 200);
    if (stored !== undefined) acknowledged.push(id);
    return { status: answer!.status, message, ...exchanged };
  };

  return {
    mirror,
    port,
    acknowledged,
    attempt,
    async expectWell() {
      expect((await attempt({})).status).toBe(200);
      expect([service.child.exitCode, service.child.signalCode]).toEqual([null, null]);
      const ids = (await mirror.rows('inbox_messages')).map((row) => row.id);
      expect(ids).toEqual([...acknowledged].sort());
    },
    async close() {
      await killServices();
      await mirror.close();
    },
  };
}
