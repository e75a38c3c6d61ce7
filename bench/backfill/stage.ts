// What every measurement stands on: Postgres, a Clerk that answers at once, and commands that know both.

import type { Server } from '../server.ts';
import { Command, type CommandResult } from './command.ts';
import type { InstantClerk } from './instant-clerk-process.ts';

export class Stage {
  readonly clerk: InstantClerk;
  readonly folder: string;
  readonly webhookSecret: string;
  readonly #server: Server;
  #databases = 0;

  constructor(server: Server, clerk: InstantClerk, folder: string, webhookSecret: string) {
    this.#server = server;
    this.clerk = clerk;
    this.folder = folder;
    this.webhookSecret = webhookSecret;
  }

  /** The URL of an empty mirror. */
  async newMirror(): Promise<string> {
    const url = await this.#server.createDatabase(`backfill_${++this.#databases}`);
    await this.run(['migrate'], url);
    return url;
  }

  removeMirror(url: string): Promise<void> {
    return this.#server.dropDatabase(url);
  }

  begin(args: readonly string[], url: string): Command {
    return new Command(args, this.folder, {
      WEBHOOK_SECRET: this.webhookSecret,
      DATABASE_URL: url,
      ...this.key,
    });
  }

  run(args: readonly string[], url: string): Promise<CommandResult> {
    return this.begin(args, url).ended();
  }

  /** A live key's limit, half of it used, is 25,000 users/s: nothing here is as fast as that. */
  get key(): Readonly<Record<string, string>> {
    return { CLERK_SECRET_KEY: 'sk_live_bench', CLERK_API_URL: this.clerk.url };
  }
}
