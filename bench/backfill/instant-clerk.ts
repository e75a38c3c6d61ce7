// The Clerk that answers at once, as the bench uses it: each order is answered with what the process has counted so far.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Users on one page of a list: the most that Clerk gives. */
export const pageSize = 500;

/** What the bench sends to the process. */
export type ClerkOrder =
  | { readonly kind: 'users'; readonly users: number }
  | { readonly kind: 'hold'; readonly isHeld: boolean }
  | { readonly kind: 'facts' };

/** What the process answers to each order. */
export interface ClerkFacts {
  readonly port: number;
  /** Requests by path since the number of users was last set. */
  readonly requests: Readonly<Record<string, number>>;
  /** Pages of users answered since the process was started. */
  readonly pages: number;
  readonly cpuSeconds: number;
}

/** Rows by table of a mirror of so many users. */
export function rowsOf(users: number): Readonly<Record<string, number>> {
  return {
    users,
    email_addresses: 2 * users,
    external_accounts: users,
    phone_numbers: Math.ceil(users / 4),
  };
}

/** The process, and what it is told to do. */
export class InstantClerk {
  readonly #child: ChildProcess;
  /** For CLERK_API_URL. */
  readonly url: string;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<InstantClerk> {
    const script = fileURLToPath(new URL('instant-clerk-process.ts', import.meta.url));
    const child = fork(script, { env: {} });
    return new InstantClerk(child, (await nextFacts(child)).port);
  }

  /** Sets the number of users. */
  users(users: number): Promise<ClerkFacts> {
    return this.#ask({ kind: 'users', users });
  }

  /** While held, pages of users wait. */
  hold(isHeld: boolean): Promise<ClerkFacts> {
    return this.#ask({ kind: 'hold', isHeld });
  }

  facts(): Promise<ClerkFacts> {
    return this.#ask({ kind: 'facts' });
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
    const answer = once(child, 'message', { signal: over.signal }) as Promise<[ClerkFacts]>;
    const exit = once(child, 'exit', { signal: over.signal }).then((): never => {
      throw new Error('the instant Clerk ended by itself');
    });
    const [facts] = await Promise.race([answer, exit]);
    return facts;
  } finally {
    over.abort();
  }
}
