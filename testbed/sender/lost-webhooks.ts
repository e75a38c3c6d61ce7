// A stretch of a tenant's history as messages, of which some are never sent; and what those were about.

import type { Delivery } from './delivery.ts';
import type { Random } from '../random.ts';
import type { Tenant } from '../tenant/tenant.ts';

export interface LossOptions {
  /** At least so many; the last step is not cut short. */
  readonly events: number;
  /** When the last of them happens, ms. */
  readonly until: number;
  /** The share of them that is lost. */
  readonly share: number;
  readonly random: Random;
}

export class LossyHistory {
  readonly #tenant: Tenant;
  readonly #options: LossOptions;
  /** The objects that lost messages were about. */
  readonly lostIds = new Set<string>();
  events = 0;
  lost = 0;

  constructor(tenant: Tenant, options: LossOptions) {
    this.#tenant = tenant;
    this.#options = options;
  }

  *messages(): Generator<Delivery> {
    const { events, until, share, random } = this.#options;
    const from = this.#tenant.now;
    while (this.events < events) {
      for (const { id, envelope } of this.#tenant.stepAt(from + ((until - from) * this.events) / events)) {
        this.events++;
        if (!random.chance(share)) {
          yield { id, body: JSON.stringify(envelope) };
          continue;
        }
        this.lost++;
        this.lostIds.add((envelope.data as { readonly id: string }).id);
      }
    }
  }
}
