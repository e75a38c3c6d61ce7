// docs/RUNBOOK.md, Rotation: the signing secret changes under load, in the order of its steps, and no delivery fails.

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { signed, testSecret, type SignedRequest } from '../support/mirror.ts';
import {
  killServices,
  postSigned,
  startService,
  userEvent,
  type ServiceProcess,
} from '../support/service-process.ts';
import { until } from '../support/until.ts';
import { templateName } from '../support/template.ts';

const oldSecret = testSecret;
const newSecret = `whsec_${Buffer.from('another key of thirty-two bytes!').toString('base64')}`;

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase(templateName);
});
afterEach(async () => {
  await killServices();
  await database.drop();
});

/** As an endpoint sends: with its secret, or while one is rotated in place with the old one and the new. */
function signedBy(event: object, id: string, secrets: readonly string[]): SignedRequest {
  const at = new Date();
  const each = secrets.map((secret) => signed(event, id, { at, secret }));
  const [first] = each;
  if (first === undefined) throw new Error('an endpoint has a secret');
  const signature = each.map(({ headers }) => headers['svix-signature']).join(' ');
  return { ...first, headers: { ...first.headers, 'svix-signature': signature } };
}

/** Replicas as a deployment has them: one is taken out of the balancer, emptied and started anew while the others go on. */
class Replicas {
  readonly #running: { service: ServiceProcess; isOpen: boolean; inFlight: number }[] = [];
  #turn = 0;

  async start(secrets: readonly string[]): Promise<void> {
    const service = await startService({ DATABASE_URL: database.url, WEBHOOK_SECRET: secrets.join(',') });
    this.#running.push({ service, isOpen: true, inFlight: 0 });
  }

  async send(message: SignedRequest): Promise<string> {
    const open = this.#running.filter(({ isOpen }) => isOpen);
    const replica = open[this.#turn++ % open.length];
    if (replica === undefined) throw new Error('no replica is open');
    replica.inFlight++;
    const { status, message: words } = await postSigned(replica.service.webhooks, message);
    replica.inFlight--;
    return `${status} ${words}`;
  }

  async restart(secrets: readonly string[]): Promise<void> {
    for (const replica of [...this.#running]) {
      replica.isOpen = false;
      await until('it is empty', () => replica.inFlight === 0);
      replica.service.child.kill('SIGTERM');
      expect(await replica.service.finished).toMatchObject({ code: 0 });
      this.#running.splice(this.#running.indexOf(replica), 1);
      await this.start(secrets);
    }
  }
}

async function inbox(): Promise<{ id: string; state: string }[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const sql = 'select id, state from clerk.inbox_messages';
    return (await client.query<{ id: string; state: string }>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** At Clerk's dashboard: what each endpoint signs with. Or what the service accepts. */
type Step = { readonly endpoints: readonly (readonly string[])[] } | { readonly accepts: readonly string[] };

test.each<[string, Step[]]>([
  [
    'with two endpoints',
    [
      { accepts: [oldSecret, newSecret] },
      { endpoints: [[oldSecret], [newSecret]] },
      { endpoints: [[newSecret]] },
      { accepts: [newSecret] },
    ],
  ],
  [
    'in place',
    [
      { endpoints: [[oldSecret, newSecret]] },
      { accepts: [oldSecret, newSecret] },
      { endpoints: [[newSecret]] },
      { accepts: [newSecret] },
    ],
  ],
])('rotation %s: no delivery fails, none is stored twice', async (_how, steps) => {
  const replicas = new Replicas();
  for (let replica = 0; replica < 2; replica++) await replicas.start([oldSecret]);
  let endpoints: readonly (readonly string[])[] = [[oldSecret]];
  let isOver = false;
  const answers = new Map<string, string[]>();
  const sent = [0, 0, 0];
  const send = async (sender: number): Promise<void> => {
    for (let count = 0; !isOver; count++) {
      const id = `msg_rotation_${sender}_${count}`;
      const event = userEvent(`user_${sender}_${count}`);
      const deliveries = endpoints.map((secrets) => replicas.send(signedBy(event, id, secrets)));
      answers.set(id, await Promise.all(deliveries));
      sent[sender] = count;
    }
  };
  /** What was signed before is answered by then, whoever signed it. */
  const settle = async (): Promise<void> => {
    const before = [...sent];
    await until('traffic', () => sent.every((count, sender) => count > (before[sender] ?? 0) + 20));
  };
  try {
    // What the order of the steps is for: too early, the new secret is refused.
    const early = signedBy(userEvent('user_early'), 'msg_early', [newSecret]);
    expect(await replicas.send(early)).toBe('400 Webhook verification failed');
    const senders = sent.map((_, sender) => send(sender));
    await settle();
    for (const step of steps) {
      if ('endpoints' in step) ({ endpoints } = step);
      else await replicas.restart(step.accepts);
      await settle();
    }
    isOver = true;
    await Promise.all(senders);
  } finally {
    isOver = true;
  }
  const all = [...answers.values()];
  expect(all.flat().filter((answer) => !answer.startsWith('200 '))).toEqual([]);
  // Of those that came twice, one was the first.
  const received = all.map((each) => each.filter((answer) => answer === '200 Webhook received').length);
  expect(new Set(received)).toEqual(new Set([1]));
  expect(all.some((each) => each.length === 2)).toBe(
    steps.some((step) => 'endpoints' in step && step.endpoints.length === 2),
  );
  const stored = await inbox();
  expect(stored.map(({ id }) => id).sort()).toEqual([...answers.keys()].sort());
  expect(new Set(stored.map(({ state }) => state))).toEqual(new Set(['applied']));
  const late = signedBy(userEvent('user_late'), 'msg_late', [oldSecret]);
  expect(await replicas.send(late)).toBe('400 Webhook verification failed');
});
