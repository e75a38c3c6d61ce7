// Runs everything that asks the database anything, each under a name that the server's log tells it by.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ground } from '../ground.ts';
import { commandSteps, firstSteps } from './command-steps.ts';
import { serviceSteps } from './service-steps.ts';
import { startFakeClerk } from './fake-clerk.ts';
import { instanceId } from '../envelope.ts';
import { keepAll } from '../seed.ts';
import { withClient } from '../server.ts';

export interface Stage extends Ground {
  /** A key of this mirror's instance; and of another one. */
  readonly key: Readonly<Record<string, string>>;
  readonly strangeKey: Readonly<Record<string, string>>;
  readonly handlers: string;
  /** What a process needs to run as so and so. */
  readonly settingsAs: (name: string) => Record<string, string>;
}

export interface Step {
  readonly name: string;
  readonly run: () => Promise<void>;
}

const ownPackage = new URL('../../../dist/src/index.js', import.meta.url).href;
const handlersModule = `import { defineHandlers } from ${JSON.stringify(ownPackage)};
export default defineHandlers((on) => {
  on(['user.created', 'user.updated', 'session.created'], 'welcome-mail', () => {}, { ordered: true });
  on('organization.created', 'audit', () => { throw new Error('no'); }, { attempts: 1 });
});
`;

/** -> the names of what was run */
export async function drive(ground: Ground): Promise<string[]> {
  const { server, grown, folder, secret, say } = ground;
  await using ours = await startFakeClerk(folder, instanceId);
  await using theirs = await startFakeClerk(folder);
  const handlers = join(folder, 'handlers.mjs');
  await writeFile(handlers, handlersModule);
  const stage: Stage = {
    ...ground,
    key: ours.settings,
    strangeKey: theirs.settings,
    handlers,
    settingsAs: (name) => ({ WEBHOOK_SECRET: secret, DATABASE_URL: server.urlOf(grown, name), ...keepAll }),
  };
  // What an earlier run learnt.
  await withClient(server.urlOf(grown), (client) =>
    client.query('truncate clerk.mirror_instance, clerk.sync_runs'),
  );
  const steps = [...firstSteps(stage), ...serviceSteps(stage), ...commandSteps(stage)];
  for (const { name, run } of steps) {
    say(`plans of: ${name}`);
    await run();
  }
  return steps.map(({ name }) => name);
}
