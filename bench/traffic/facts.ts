// What each event says of one row, and what the rows must therefore be when a number of events was acknowledged.

export interface AddressFact {
  readonly id: string;
  readonly address: string;
  readonly updatedAt: number;
}

/** `at`: the object's own `updated_at`. A session's embedded user says nothing that must stay. */
export type RowFact =
  | {
      readonly table: 'users';
      readonly id: string;
      readonly at: number;
      readonly addresses: readonly AddressFact[];
    }
  | { readonly table: 'users'; readonly id: string; readonly deleted: true }
  | { readonly table: 'sessions'; readonly id: string; readonly at: number; readonly userId: string }
  | { readonly table: 'organizations'; readonly id: string; readonly at: number };

export interface ExpectedUser {
  readonly id: string;
  readonly deleted: boolean;
  /** Of every acknowledged object of its own, in the order in which they were sent, which is that of their age. */
  readonly sentAt: readonly number[];
  /** Of the newest of them; undefined when there is none. */
  readonly addresses: readonly AddressFact[] | undefined;
}

export interface ExpectedSession {
  readonly id: string;
  readonly userId: string;
  readonly at: number;
}

export interface ExpectedOrganization {
  readonly id: string;
  readonly sentAt: readonly number[];
}

export interface Expectation {
  readonly acknowledged: number;
  /** Each user that an acknowledged event of its own spoke of. */
  readonly users: readonly ExpectedUser[];
  readonly sessions: readonly ExpectedSession[];
  readonly organizations: readonly ExpectedOrganization[];
}

/** Keeps the book of one peer. */
export class Acknowledged {
  readonly #users = new Map<string, ExpectedUser & { readonly sentAt: number[] }>();
  readonly #sessions: ExpectedSession[] = [];
  readonly #organizations = new Map<string, number[]>();
  #count = 0;

  /** In the order in which they were sent. */
  add(fact: RowFact): void {
    this.#count += 1;
    if (fact.table === 'organizations') {
      const sentAt = this.#organizations.get(fact.id);
      if (sentAt === undefined) this.#organizations.set(fact.id, [fact.at]);
      else sentAt.push(fact.at);
    } else if (fact.table === 'sessions') {
      this.#sessions.push({ id: fact.id, userId: fact.userId, at: fact.at });
    } else {
      const known = this.#users.get(fact.id) ?? {
        id: fact.id,
        deleted: false,
        sentAt: [],
        addresses: undefined,
      };
      if ('deleted' in fact) {
        this.#users.set(fact.id, { ...known, deleted: true });
      } else {
        known.sentAt.push(fact.at);
        this.#users.set(fact.id, { ...known, addresses: fact.addresses });
      }
    }
  }

  expectation(): Expectation {
    return {
      acknowledged: this.#count,
      users: [...this.#users.values()],
      sessions: this.#sessions,
      organizations: [...this.#organizations].map(([id, sentAt]) => ({ id, sentAt })),
    };
  }
}
