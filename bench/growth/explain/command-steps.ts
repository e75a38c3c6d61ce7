// The commands, each with the choices that lead to other statements.

import { idOf } from '../../traffic/payloads.ts';
import { instanceId } from '../envelope.ts';
import { withClient } from '../server.ts';
import type { Stage, Step } from './drive.ts';
import { runCommand } from './run-command.ts';

interface CommandStep {
  readonly args: readonly string[];
  /** More than the arguments tell. */
  readonly note?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly seconds?: number;
  readonly codes?: readonly number[];
}

const small = [
  'phone_numbers',
  'organization_invitations',
  'organization_domains',
  'organization_roles',
  'subscriptions',
  'subscription_items',
  'payment_attempts',
  'emails',
];
const large = ['users', 'email_addresses', 'sessions', 'organizations', 'organization_memberships'];
const days = (body: number, ids: number, erase: number): Record<string, string> => ({
  INBOX_BODY_DAYS: String(body),
  INBOX_ID_DAYS: String(ids),
  ERASE_DELETED_AFTER_DAYS: String(erase),
});

export function commandSteps(stage: Stage): Step[] {
  const { key, handlers } = stage;
  const own = { CLERK_INSTANCE_ID: instanceId };
  const user = idOf('user', 0);
  const hour = new Date(Date.now() - 3_600_000).toISOString();
  const long = new Date(Date.now() - 20 * 86_400_000);
  const minutesLater = new Date(long.getTime() + 120_000).toISOString();
  const steps: CommandStep[] = [
    { args: ['status'] },
    { args: ['doctor'] },
    { args: ['doctor'], note: 'with a key', settings: key },
    { args: ['replay', '--state', 'dead', '--dry-run'] },
    { args: ['replay', '--state', 'dead'], seconds: 30 },
    { args: ['replay', '--state', 'unhandled'], seconds: 30 },
    { args: ['replay', '--state', 'applied'], seconds: 20 },
    { args: ['replay', '--type', 'user.created', '--since', hour], seconds: 20 },
    { args: ['replay', '--type', 'user.deleted'], seconds: 60 },
    { args: ['replay', '--subject', user] },
    { args: ['replay', '--since', long.toISOString(), '--until', minutesLater], seconds: 20 },
    { args: ['replay', '--all'], seconds: 60 },
    {
      args: ['replay', '--type', 'user.created', '--since', hour, '--with-handlers'],
      settings: { HANDLERS: handlers },
    },
    { args: ['replay', '--dead-runs', '--dry-run'] },
    { args: ['replay', '--dead-runs'] },
    ...large.map((table) => ({ args: ['reproject', table], seconds: 10 })),
    { args: ['reproject', ...small], seconds: 20 },
    { args: ['prune'], settings: days(29, 29, 27), seconds: 120 },
    { args: ['backfill'], settings: { ...key, ...own }, seconds: 60 },
    ...['users', 'organizations', 'organization_memberships'].map((table) => ({
      args: ['reconcile', table],
      settings: { ...key, ...own },
      seconds: 10,
      codes: [0, 1],
    })),
    {
      args: ['reconcile', '--fix', 'organization_invitations', 'organization_domains', 'subscription_items'],
      settings: { ...key, ...own },
      seconds: 20,
      codes: [0, 1],
    },
    { args: ['sync', 'users', user], settings: { ...key, ...own }, codes: [0, 1] },
  ];
  return [...steps.map((step) => stepOf(stage, step)), { name: 'replay --id', run: () => replayById(stage) }];
}

/** The mirror does not know yet whose it is. */
export function firstSteps(stage: Stage): Step[] {
  const note = 'with the key of another instance';
  return [stepOf(stage, { args: ['doctor'], note, settings: stage.strangeKey, codes: [0, 1] })];
}

function stepOf(
  { settingsAs, folder }: Stage,
  { args, note, settings = {}, seconds = 60, codes = [0] }: CommandStep,
): Step {
  const name = nameOf(args, note);
  return {
    name,
    run: () => runCommand({ args, folder, settings: { ...settingsAs(name), ...settings }, seconds, codes }),
  };
}

/** Without times and ids, which are others each time; a name of Postgres' holds 63 bytes. */
function nameOf(args: readonly string[], note?: string): string {
  const plain = args.filter((arg) => !/^(?:\d{4}-|user_)/.test(arg)).join(' ');
  return [plain.slice(0, 50), ...(note === undefined ? [] : [note])].join(' ').slice(0, 60);
}

async function replayById({ settingsAs, folder, server, grown }: Stage): Promise<void> {
  const ids = await withClient(server.urlOf(grown), async (client) => {
    const sql = `select id from clerk.inbox_messages where body is not null and state = 'applied' order by received_at limit 2`;
    return (await client.query<{ id: string }>(sql)).rows.map(({ id }) => id);
  });
  const settings = settingsAs('replay --id');
  const run = (args: string[]): Promise<void> =>
    runCommand({ args: ['replay', ...args], folder, settings, seconds: 20, codes: [0] });
  await run(['--id', ...ids]);
  await run(['--since', new Date(Date.now() - 600_000).toISOString(), '--after', ids[0] ?? '']);
}
