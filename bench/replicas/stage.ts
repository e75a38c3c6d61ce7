// One variant, running: its database, its services all started at once, nginx before them, PgBouncer behind them where asked.

import { join } from 'node:path';
import { Peer } from '../peers/peer.ts';
import type { Server } from '../server.ts';
import { LockWatch } from './lock-watch.ts';
import { Nginx } from './nginx.ts';
import { PgBouncer } from './pg-bouncer.ts';
import type { Variant } from './variant.ts';

export class Stage {
  readonly variant: Variant;
  /** Of the database itself, past PgBouncer. */
  readonly url: string;
  readonly nginx: Nginx;
  readonly pgBouncer: PgBouncer | undefined;
  readonly locks: LockWatch;
  readonly #services: readonly Peer[];

  private constructor(
    variant: Variant,
    url: string,
    services: readonly Peer[],
    nginx: Nginx,
    pgBouncer?: PgBouncer,
  ) {
    this.variant = variant;
    this.url = url;
    this.nginx = nginx;
    this.pgBouncer = pgBouncer;
    this.locks = new LockWatch(url);
    this.#services = services;
  }

  /** What it opens is closed with the stack. */
  static async open(
    variant: Variant,
    server: Server,
    folder: string,
    secret: string,
    stack: AsyncDisposableStack,
  ): Promise<Stage> {
    const mark = variant.name.replaceAll(/[^a-z0-9]+/gi, '_').toLowerCase();
    const url = await server.createDatabase(mark);
    const pgBouncer = variant.pgBouncer
      ? await PgBouncer.start(join(folder, `${mark}-pgbouncer`), url)
      : undefined;
    if (pgBouncer !== undefined) stack.defer(() => pgBouncer.stop());
    const settings = {
      WEBHOOK_SECRET: secret,
      DATABASE_URL: pgBouncer?.url ?? url,
      WEB_CONCURRENCY: String(variant.processes),
    };
    // At once, on an empty database: one migrates, the others wait for it.
    const services = await Promise.all(
      Array.from({ length: variant.replicas }, async () => {
        const service = await Peer.start('clerk-mirror', folder, settings);
        stack.defer(() => service.stop());
        return service;
      }),
    );
    const nginx = await Nginx.start(
      join(folder, `${mark}-nginx`),
      services.map(({ port }) => port),
    );
    stack.defer(() => nginx.stop());
    const stage = new Stage(variant, url, services, nginx, pgBouncer);
    stack.defer(() => stage.locks.close());
    return stage;
  }

  /** One of them, gone in the middle of its work: requests must be seen to fail. */
  async killOne(): Promise<void> {
    await this.#services[0]?.stop();
  }

  /** Services first: nginx's log and Postgres's counts are whole when their clients are gone. */
  async stop(): Promise<void> {
    await Promise.all(this.#services.map((service) => service.stop()));
    await this.nginx.stop();
    await this.pgBouncer?.stop();
  }
}
