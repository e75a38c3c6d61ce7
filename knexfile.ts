// For Knex's own command line: `npx knex migrate:list`. The service migrates by itself when it starts.

import type { Knex } from 'knex';
import { loadConfig, readEnvironment } from './src/platform/config.ts';
import { migrationConfig } from './src/database/migrate.ts';

const config = loadConfig(readEnvironment());

const knexConfig: Knex.Config = {
  client: 'pg',
  connection: config.databaseUrl?.reveal() ?? '',
  migrations: migrationConfig(config.databaseSchema),
};

export default knexConfig;
