// The instant Clerk as the bench sees it: an order, then the facts.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ClerkFacts, ClerkOrder } from './protocol.ts';

export class InstantClerk {
  readonly #child: ChildProcess;
  /** For CLERK_API_URL. */
  readonly url: string;
  readonly bytesPerUser: number;

  private constructor(child: ChildProcess, { port, bytesPerUser }: ClerkFacts) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}`;
    this.bytesPerUser = bytesPerUser;
  }

  static async start(): Promise<InstantClerk> {
    const child = fork(fileURLToPath(new URL('../instant-clerk.ts', import.meta.url)), { env: {} });
    return new InstantClerk(child, await nextFacts(child));
  }

  /** A tenant of so many users, whole pages of them; requests are counted from here on. */
  users(users: number): Promise<ClerkFacts> {
    return this.#ask({ kind: 'users', users });
  }

  hold(held: boolean): Promise<ClerkFacts> {
    return this.#ask({ kind: 'hold', held });
  }

  tell(): Promise<ClerkFacts> {
    return this.#ask({ kind: 'tell' });
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  #ask(order: ClerkOrder): Promise<ClerkFacts> {
    const facts = nextFacts(this.#child);
    this.#child.send(order);
    return facts;
  }
}

async function nextFacts(child: ChildProcess): Promise<ClerkFacts> {
  const over = new AbortController();
  try {
    const told = once(child, 'message', { signal: over.signal }) as Promise<[ClerkFacts]>;
    const gone = once(child, 'exit', { signal: over.signal }).then((): never => {
      throw new Error('the instant Clerk ended by itself');
    });
    const [facts] = await Promise.race([told, gone]);
    return facts;
  } finally {
    over.abort();
  }
}
