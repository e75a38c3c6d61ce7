// After a fault: is everything that was acknowledged there, once, and do the rows equal the model's?

import knex from 'knex';
import { compareTables, type Comparison } from '../testbed/compare-tables.ts';
import { untilNothingPending } from './settling.ts';
import type { Stage } from './stage/stage.ts';

export interface Verdict {
  readonly lost: number;
  readonly doubled: number;
  /** What is wrong, in words; nothing when all is well. */
  readonly problems: readonly string[];
}

/** Call when every event was acknowledged. */
export async function judge(stage: Stage): Promise<Verdict> {
  const { acknowledged, doubled } = stage.ledger;
  const inbox = await inboxProblems(stage, acknowledged);
  const { total, differences } = await compare(stage);
  return {
    lost: inbox.lost + total,
    doubled: doubled.length,
    problems: [
      ...inbox.problems,
      ...told(total, 'differences between rows and model', JSON.stringify(differences[0])),
      ...told(doubled.length, 'messages were new twice', doubled[0]),
    ],
  };
}

/** Every acknowledged message is in the inbox, and in the end applied. */
export async function inboxProblems(
  stage: Stage,
  acknowledged: ReadonlySet<string>,
): Promise<Pick<Verdict, 'lost' | 'problems'>> {
  const pending = await untilNothingPending(stage);
  const stored = await stage.query<{ id: string; state: string }>(
    'select id, state from clerk.inbox_messages',
  );
  const there = new Set(stored.map(({ id }) => id));
  const missing = [...acknowledged].filter((id) => !there.has(id));
  const dead = stored.filter(({ state }) => state !== 'applied' && state !== 'pending');
  return {
    lost: missing.length + dead.length,
    problems: [
      ...told(missing.length, 'acknowledged messages are not in the inbox', missing[0]),
      ...told(pending, 'messages are still pending'),
      ...told(dead.length, 'messages are neither applied nor pending', dead[0]?.id),
    ],
  };
}

function told(count: number, what: string, example?: string): string[] {
  return count === 0 ? [] : [`${count} ${what}${example === undefined ? '' : `, for one ${example}`}`];
}

async function compare({ postgres, database, traffic }: Stage): Promise<Comparison> {
  const db = knex({ client: 'pg', connection: postgres.url(database), pool: { min: 0, max: 1 } });
  try {
    return await compareTables(db, 'clerk', traffic.tenant);
  } finally {
    await db.destroy();
  }
}
