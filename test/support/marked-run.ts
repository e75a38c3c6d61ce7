// One run of marked traffic against real processes: its secrets, and all that was sent, written and answered in it.

import { change, fixture } from './fixtures.ts';
import { mark, markEvent, type MarkedEvent } from './marks.ts';
import { newMessageId, signed } from './mirror.ts';
import { randomSecret } from './own-cluster.ts';
import { postSigned, runProcess, type Finished, type Reply } from './service-process.ts';

export type Settings = Record<string, string>;

export const password = randomSecret();
export const wrongPassword = randomSecret();
export const operatorToken = randomSecret();
const clerkKey = randomSecret();
const [key, oldKey] = [randomSecret(), randomSecret()].map((each) => Buffer.from(each).toString('base64'));
export const signingSecret = `whsec_${key}`;
export const secrets: readonly string[] = [password, wrongPassword, operatorToken, clerkKey, key!, oldKey!];

/** All that any process wrote. */
export const outputs: string[] = [];
/** All that the service answered. */
export const answers: string[] = [];
/** What was answered 200, by svix-id: it must be in the inbox. */
export const acknowledged = new Map<string, MarkedEvent>();

export function settingsFor(databaseUrl: string): Record<string, string> {
  return {
    LOG_LEVEL: 'trace',
    DATABASE_URL: databaseUrl,
    WEBHOOK_SECRET: `whsec_${oldKey},${signingSecret}`,
    OPERATOR_TOKEN: operatorToken,
    CLERK_SECRET_KEY: `sk_live_${clerkKey}`,
    CLERK_API_URL: 'http://127.0.0.1:9',
    CLERK_INSTANCE_ID: fixture('user.created').instance_id,
    TRUST_PROXY: 'true',
    // The fixtures' deleted ones were deleted long ago; what is pruned could not be found in the inbox.
    ERASE_DELETED_AFTER_DAYS: '36500',
    SHUTDOWN_GRACE_SECONDS: '2',
    HOST: '127.0.0.1',
    PORT: '0',
    OPERATOR_PORT: '0',
  };
}

export async function send(url: string, marked: MarkedEvent, id = newMessageId()): Promise<Reply> {
  const reply = await postSigned(url, signed(marked.event, id, { secret: signingSecret }));
  answers.push(reply.message);
  if (reply.status === 200) acknowledged.set(id, marked);
  return reply;
}

/** A new user, all marked. */
export const user = (id: string): MarkedEvent => markEvent(change('user.created', { id: `user_test_${id}` }));

/** A signing secret that is not the service's. */
export const otherSecret = (): string =>
  `whsec_${Buffer.from(`${mark('r')} long enough`).toString('base64')}`;

export async function ask(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<number> {
  const answer = await fetch(url, { method, headers });
  answers.push(await answer.text());
  return answer.status;
}

export function listen({ stdout, stderr }: Finished): void {
  outputs.push(stdout, stderr);
}

/** Runs a process to its end -> its exit code. */
export async function run(
  file: 'main.ts' | 'cli.ts',
  args: string,
  settings: Record<string, string>,
): Promise<number | null> {
  const finished = await runProcess(file, args.split(' ').filter(Boolean), settings, 20_000);
  listen(finished);
  return finished.code;
}
