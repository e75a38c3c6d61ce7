// The plans that the tenant sells; the first is free, and everybody's who has no other.

import type { Plan } from '../../src/clerk/payloads/plan.ts';
import type { Maker } from './maker.ts';

export function newPlans(maker: Maker): readonly [Plan, ...Plan[]] {
  return [
    { ...plan(maker, 'dinghy', 'Dinghy', 0), is_recurring: false },
    plan(maker, 'sloop', 'Sloop', 900),
    plan(maker, 'schooner', 'Schooner ⛵', 4900),
    {
      ...plan(maker, 'armada', 'Flotte für alle', 19_900),
      unit_prices: [
        {
          name: 'seats',
          block_size: 1,
          tiers: [
            { starts_at_block: 1, ends_after_block: 10, amount_per_block: 0, currency: 'EUR' },
            { starts_at_block: 11, ends_after_block: null, amount_per_block: 700, currency: 'EUR' },
          ],
        },
      ],
    },
  ];
}

function plan(maker: Maker, slug: string, name: string, amount: number): Plan {
  return { id: maker.id('cplan'), slug, name, is_recurring: true, amount, currency: 'EUR' };
}
