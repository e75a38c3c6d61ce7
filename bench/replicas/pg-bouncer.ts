// PgBouncer between the replicas and Postgres, in transaction mode: a session belongs to nobody for longer than a transaction.

import { findFreePort } from '../../src/platform/embedded-postgres/free-port.ts';
import { findProgram, Program } from './program.ts';

export class PgBouncer {
  readonly url: string;
  readonly #program: Program;

  private constructor(program: Program, url: string) {
    this.#program = program;
    this.url = url;
  }

  static find(): Promise<string> {
    return findProgram('pgbouncer', 'pgbouncer');
  }

  /** `url`: the database behind it. */
  static async start(folder: string, url: string): Promise<PgBouncer> {
    const port = await findFreePort();
    const program = await Program.start({
      path: await PgBouncer.find(),
      folder,
      configuration: configurationOf(new URL(url), port),
      args: (file) => [file],
      port,
    });
    const { pathname } = new URL(url);
    return new PgBouncer(program, `postgres://mirror@127.0.0.1:${port}${pathname}`);
  }

  cpuSeconds(): Promise<number> {
    return this.#program.cpuSeconds();
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }
}

function configurationOf({ hostname, port, pathname, username, password }: URL, listenPort: number): string {
  const name = pathname.slice(1);
  const way = {
    host: hostname,
    port: port === '' ? '5432' : port,
    dbname: name,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
  const parts = Object.entries(way)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}='${value.replaceAll("'", "''")}'`);
  // Debian's default for server_reset_query etc. stays; fewer sessions than the replicas have clients, so that they are shared.
  return `[databases]
${name} = ${parts.join(' ')}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 6
max_client_conn = 200
log_connections = 0
log_disconnections = 0
`;
}
