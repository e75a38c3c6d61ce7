// What the rows must be when a number of events was acknowledged.

/** What one event states about one row. `at`: the object's `updated_at` in ms. A user embedded in a session does not count. */
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

/** An e-mail address of a user; `updatedAt` in ms. */
export interface AddressFact {
  readonly id: string;
  readonly address: string;
  readonly updatedAt: number;
}

/** A user that at least one acknowledged event of its own was about. */
export interface ExpectedUser {
  readonly id: string;
  readonly deleted: boolean;
  /** The `updated_at` of each acknowledged object, oldest first. */
  readonly versions: readonly number[];
  /** Those of the newest object; undefined when none was acknowledged. */
  readonly addresses: readonly AddressFact[] | undefined;
}

/** A session; each one is sent once. */
export interface ExpectedSession {
  readonly id: string;
  readonly userId: string;
  readonly at: number;
}

/** An organization, with the `updated_at` of each acknowledged object, oldest first. */
export interface ExpectedOrganization {
  readonly id: string;
  readonly versions: readonly number[];
}

/** The rows that must be there. */
export interface Expectation {
  /** Number of acknowledged events. */
  readonly acknowledged: number;
  readonly users: readonly ExpectedUser[];
  readonly sessions: readonly ExpectedSession[];
  readonly organizations: readonly ExpectedOrganization[];
}

/** Collects what one service acknowledged. */
export class Acknowledged {
  readonly #users = new Map<string, ExpectedUser & { readonly versions: number[] }>();
  readonly #sessions: ExpectedSession[] = [];
  readonly #organizations = new Map<string, number[]>();
  #count = 0;

  /** Must be called in the order in which the events were made, which is that of their versions. */
  add(fact: RowFact): void {
    this.#count += 1;
    if (fact.table === 'organizations') {
      const versions = this.#organizations.get(fact.id);
      if (versions === undefined) this.#organizations.set(fact.id, [fact.at]);
      else versions.push(fact.at);
    } else if (fact.table === 'sessions') {
      this.#sessions.push({ id: fact.id, userId: fact.userId, at: fact.at });
    } else {
      const { id } = fact;
      const known = this.#users.get(id) ?? { id, deleted: false, versions: [], addresses: undefined };
      if ('deleted' in fact) {
        this.#users.set(id, { ...known, deleted: true });
      } else {
        known.versions.push(fact.at);
        this.#users.set(id, { ...known, addresses: fact.addresses });
      }
    }
  }

  /** The rows that follow from all that was added. */
  expectation(): Expectation {
    return {
      acknowledged: this.#count,
      users: [...this.#users.values()],
      sessions: this.#sessions,
      organizations: [...this.#organizations].map(([id, versions]) => ({ id, versions })),
    };
  }
}
