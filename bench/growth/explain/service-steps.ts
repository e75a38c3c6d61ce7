// The service: every event, what waits and is tried again, own handlers, the operator's routes, and what it does by itself.

import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../../src/platform/embedded-postgres/free-port.ts';
import { eventTypes } from '../../../src/clerk/event-payloads.ts';
import { exampleEvent } from '../../../src/clerk/examples/example-event.ts';
import { Peer } from '../../peers/peer.ts';
import { idOf, user } from '../../traffic/payloads.ts';
import { envelope, instanceId } from '../envelope.ts';
import { post } from '../post.ts';
import { withClient } from '../server.ts';
import type { Stage, Step } from './drive.ts';
import { runCommand } from './run-command.ts';

export function serviceSteps(stage: Stage): Step[] {
  const { handlers, key } = stage;
  return [
    {
      name: 'service',
      run: () =>
        withService(stage, 'service', { HANDLERS: handlers }, async (peer, operator) => {
          await sendTraffic(stage, peer);
          await sendEachType(stage, peer);
          await waitForLocked(stage, peer);
          await retryWaiting(stage);
          await ask(`${operator}/api/status`);
        }),
    },
    ...[
      ['simulate', '--events', '300', '--shuffle', '--until-equal'],
      ['send', 'user.created'],
    ].map((args) => ({
      name: args.slice(0, 1).join(),
      run: () => send(stage, args),
    })),
    {
      name: 'service with a key',
      run: () =>
        withService(
          stage,
          'service with a key',
          { ...key, RECONCILE_CRON: '*/1 * * * *', CLERK_INSTANCE_ID: instanceId },
          async (_, operator) => {
            await sleep(15_000);
            await ask(`${operator}/api/sync/users/${idOf('user', 0)}`, 'POST');
            await ask(`${operator}/api/status`);
          },
        ),
    },
    {
      name: 'MIRROR_PRIVATE_METADATA=false',
      run: () =>
        withService(stage, 'MIRROR_PRIVATE_METADATA=false', { MIRROR_PRIVATE_METADATA: 'false' }, () =>
          sleep(6000),
        ),
    },
  ];
}

async function withService(
  { settingsAs, folder }: Stage,
  name: string,
  settings: Readonly<Record<string, string>>,
  work: (peer: Peer, operator: string) => Promise<unknown>,
): Promise<void> {
  const operator = await findFreePort();
  const peer = await Peer.start('clerk-mirror', folder, {
    ...settingsAs(name),
    OPERATOR_PORT: String(operator),
    LOG_LEVEL: 'fatal',
    ...settings,
  });
  try {
    await work(peer, `http://127.0.0.1:${operator}`);
  } finally {
    await peer.stop();
  }
}

async function send(stage: Stage, args: readonly string[]): Promise<void> {
  const { settingsAs, folder } = stage;
  await withService(stage, 'service', {}, ({ port }) =>
    runCommand({
      args: [...args, '--url', `http://127.0.0.1:${port}/api/webhooks`],
      folder,
      // `send` asks the mirror whose it is.
      settings: {
        ...settingsAs(args[0] ?? ''),
        ...(args[0] === 'send' ? {} : { CLERK_INSTANCE_ID: instanceId }),
      },
      seconds: 120,
      codes: [0],
    }),
  );
}

async function sendTraffic({ load }: Stage, { port }: Peer): Promise<void> {
  await load.prepare(1500);
  await load.measure({ peer: 'plans', port, pace: { kind: 'closed', connections: 16 }, seconds: 10 });
}

async function sendEachType({ secret }: Stage, { port }: Peer): Promise<void> {
  for (const [index, type] of eventTypes.entries()) {
    const body = JSON.stringify(exampleEvent(type, { instanceId }));
    await post(port, secret, { messageId: `msg_plans${Date.now()}x${index}`, body });
  }
}

/** A message whose row somebody holds: it is stored as pending, and fails once more before it is applied. */
async function waitForLocked({ secret, server, grown }: Stage, { port }: Peer): Promise<void> {
  await withClient(server.urlOf(grown), async (client) => {
    await client.query('begin');
    await client.query('select from clerk.users where id = $1 for update', [idOf('user', 1)]);
    const at = Date.now();
    const body = envelope('user.updated', user(1, 0, at, { revision: 0, changedAt: undefined }), at);
    await post(port, secret, { messageId: `msg_plans${at}locked`, body });
    await sleep(10_000);
    await client.query('rollback');
  });
}

/** Five of those that were to wait for the far future. */
async function retryWaiting({ server, grown }: Stage): Promise<void> {
  await withClient(server.urlOf(grown), async (client) => {
    await client.query(`update clerk.inbox_messages set next_attempt_at = now() where id in
      (select id from clerk.inbox_messages where state = 'pending' and next_attempt_at > now() + interval '1 year' limit 5)`);
  });
  await sleep(5000);
}

async function ask(url: string, method = 'GET'): Promise<void> {
  const answer = await fetch(url, { method, signal: AbortSignal.timeout(120_000) });
  // Clerk may not know the user: asked for it is all the same.
  if (answer.status >= 500) throw new Error(`${url} was answered ${answer.status}`);
}
