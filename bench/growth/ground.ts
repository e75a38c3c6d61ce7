// What every part of the growth bench stands on: Postgres, the large database, and what it is reached by.

import { LoadGenerator } from '../load/load-generator.ts';
import type { Options } from './options.ts';
import { migrate, seed, type SeedOptions } from './seed.ts';
import { now, withClient, type GrowthServer } from './server.ts';
import { strideOf } from './traffic-numbers.ts';
import { undoTraffic } from './undo-traffic.ts';

export interface Ground {
  readonly server: GrowthServer;
  readonly options: Options;
  /** Name of the large database. */
  readonly grown: string;
  /** Without a .env. */
  readonly folder: string;
  readonly secret: string;
  readonly say: (line: string) => void;
  /** One for all parts: no event is sent to the large database twice. */
  readonly load: LoadGenerator;
  /** On the database's clock: what came later is traffic. */
  readonly since: string;
  /** Seconds that making it took; undefined: it was there. */
  readonly seededIn: number | undefined;
}

/** The large database, made or found. */
export async function prepareGround(
  server: GrowthServer,
  options: Options,
  tools: Pick<SeedOptions, 'folder' | 'secret' | 'say'>,
): Promise<Ground> {
  const seededIn = await makeOrFind(server, options, tools);
  const grown = nameOf(options);
  return {
    server,
    options,
    grown,
    ...tools,
    load: new LoadGenerator(tools.secret, { stride: strideOf(options.users) }),
    since: await now(server.urlOf(grown)),
    seededIn,
  };
}

/** Of the small one beside it. */
export const emptyName = 'clerk_mirror_growth_empty';

export function nameOf({ users, messages }: Options): string {
  return `clerk_mirror_growth_${users}_${messages}`;
}

/** Seconds that it took to make; undefined: it was there. */
async function makeOrFind(
  server: GrowthServer,
  options: Options,
  { folder, secret, say }: Pick<SeedOptions, 'folder' | 'secret' | 'say'>,
): Promise<number | undefined> {
  const { users, messages } = options;
  const grown = nameOf(options);
  const seedOptions = { users, messages, folder, secret, say };
  if (options.keep && (await isWhole(server, grown))) {
    say(`${grown} is there`);
    await migrate(server, grown, seedOptions);
    await undoTraffic(server, grown, seedOptions);
    return undefined;
  }
  const began = performance.now();
  await server.drop(grown);
  await server.packaged?.stop();
  await server.packaged?.start('making');
  await server.create(grown);
  await migrate(server, grown, seedOptions);
  await seed(server, grown, seedOptions);
  await server.packaged?.stop();
  await server.packaged?.start();
  return (performance.now() - began) / 1000;
}

/** One that was made to its end. */
async function isWhole(server: GrowthServer, database: string): Promise<boolean> {
  if (!(await server.exists(database))) return false;
  return withClient(server.urlOf(database), async (client) => {
    const there = await client.query<{ at: string | null }>(`select to_regclass('bench_growth.state') as at`);
    if (there.rows[0]?.at == null) return false;
    return (await client.query('select from bench_growth.state')).rowCount === 1;
  });
}
