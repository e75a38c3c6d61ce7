// PgBouncer in transaction mode before a database, with fewer sessions than its clients have, so that they are shared.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianProgram } from './debian-program.ts';
import { launchProxy, openProxyFolder } from './proxy-process.ts';
import { freePort } from './service-process.ts';

/** @returns the URL of the same database through PgBouncer; `stopProxies` ends it */
export async function startPgBouncer(databaseUrl: string): Promise<string> {
  const { hostname, port, pathname, username, password } = new URL(databaseUrl);
  const [folder, listenPort, name] = [openProxyFolder(), await freePort(), pathname.slice(1)];
  const file = join(folder, 'pgbouncer.ini');
  const target = `host=${hostname} port=${port} dbname=${name} user=${username} password='${decodeURIComponent(password)}'`;
  writeFileSync(
    file,
    `[databases]
${name} = ${target}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 6
max_client_conn = 200
`,
  );
  // It refuses to run as root.
  const args = process.getuid?.() === 0 ? ['-u', 'nobody', file] : [file];
  await launchProxy(debianProgram('pgbouncer'), args, folder, listenPort);
  return `postgres://app@127.0.0.1:${listenPort}/${name}`;
}
