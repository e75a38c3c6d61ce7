// Four judges of one request: ours, Clerk's verifyWebhook, standardwebhooks, and an HMAC of our own reckoning.

import { createHmac } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { verifyWebhook } from '@clerk/backend/webhooks';
import { Webhook } from 'standardwebhooks';
import { parseEvent } from '../../src/clerk/event.ts';
import { createVerifier } from '../../src/clerk/verify.ts';
import { readSignatureHeaders } from '../../src/http/node-webhook.ts';
import { Secret } from '../../src/platform/secret.ts';

export interface JudgedRequest {
  /** As they came: any number of one name, in any letters. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

export interface Judgements {
  readonly ours: boolean;
  readonly clerk: boolean;
  readonly standard: boolean;
  /** One of our secrets signed these very bytes with this id, within five minutes: reckoned with nothing but node:crypto. */
  readonly hmac: boolean;
}

export const key = (fill: number): string => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
/** Two at a time, as while a secret is being changed. */
export const secrets = [key(1), key(2)] as const;

const socket = new Socket();
const verify = createVerifier(secrets.map((secret) => new Secret(secret)));
const webhooks = secrets.map((secret) => new Webhook(secret));

export async function judgeAll(request: JudgedRequest): Promise<Judgements> {
  return {
    ours: judgeOurs(request),
    clerk: await judgeClerk(request),
    standard: judgeStandard(request),
    hmac: judgeHmac(request),
  };
}

/** What Node's parser calls: names in lower case, values joined or dropped as in a real request. */
interface ParsedMessage extends IncomingMessage {
  _addHeaderLines(lines: string[], count: number): void;
}

function incoming({ headers }: JudgedRequest): IncomingMessage {
  const message = new IncomingMessage(socket) as ParsedMessage;
  const lines = headers.flatMap(([name, value]) => [name, value]);
  message._addHeaderLines(lines, lines.length);
  return message;
}

/** The whole path that decides in http/webhook-route. */
function judgeOurs(request: JudgedRequest): boolean {
  const signed = readSignatureHeaders(incoming(request));
  if ('kind' in signed) return false;
  if (verify(request.body, signed) !== 'verified') return false;
  return parseEvent(request.body.toString('utf8'), Number(signed.timestamp) * 1000) !== undefined;
}

async function judgeClerk({ headers, body }: JudgedRequest): Promise<boolean> {
  for (const signingSecret of secrets) {
    const request = new Request('http://mirror.test/api/webhooks', {
      method: 'POST',
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      body: new Uint8Array(body),
    });
    try {
      await verifyWebhook(request, { signingSecret });
      return true;
    } catch {
      // The next secret.
    }
  }
  return false;
}

/** Under either name, as svix hands them on to it. */
function judgeStandard(request: JudgedRequest): boolean {
  const { headers } = incoming(request);
  const given = (part: string): string => String(headers[`svix-${part}`] ?? headers[`webhook-${part}`] ?? '');
  const standard = Object.fromEntries(
    ['id', 'timestamp', 'signature'].map((part) => [`webhook-${part}`, given(part)]),
  );
  return webhooks.some((webhook) => {
    try {
      webhook.verify(request.body, standard);
      return true;
    } catch {
      return false;
    }
  });
}

function judgeHmac({ headers, body }: JudgedRequest): boolean {
  const all = (name: string): string[] =>
    headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
  const [id, timestamp, signature] = ['id', 'timestamp', 'signature'].map((part) =>
    all(all('svix-id').length > 0 ? `svix-${part}` : `webhook-${part}`),
  );
  if (id?.length !== 1 || timestamp?.length !== 1 || signature?.length !== 1) return false;
  if (!(Math.abs(Math.floor(Date.now() / 1000) - Number(timestamp[0])) <= 300)) return false;
  // Zeros before a number are no part of it.
  const content = Buffer.concat([Buffer.from(`${id[0]!}.${timestamp[0]!.replace(/^0+(?=\d)/, '')}.`), body]);
  const expected = secrets.map((secret) =>
    createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
      .update(content)
      .digest('base64'),
  );
  return signature[0]!
    .split(' ')
    .map((each) => each.split(','))
    .some(([version, digest]) => version === 'v1' && expected.includes(digest!));
}
