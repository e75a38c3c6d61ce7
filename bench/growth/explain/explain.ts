// Every statement of the service, the operator's API and the commands on the large database, with the plan it really had.

import { createHash } from 'node:crypto';
import type { Ground } from '../ground.ts';
import type { PackagedPostgres } from '../packaged-postgres.ts';
import { drive } from './drive.ts';
import { judgePlan, type Judgement } from './judge-plan.ts';
import { readPlans } from './read-log.ts';

export interface Query {
  readonly text: string;
  /** Who ran it. */
  readonly by: ReadonlySet<string>;
  readonly calls: number;
  /** Of the run that read most. */
  readonly worst: Judgement;
}

export interface Explained {
  /** What was run. */
  readonly steps: readonly string[];
  /** Those that read most first. */
  readonly queries: readonly Query[];
}

const settings: Readonly<Record<string, string>> = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
  'auto_explain.log_format': 'json',
  'auto_explain.log_nested_statements': 'on',
};

export async function explainQueries(ground: Ground, packaged: PackagedPostgres): Promise<Explained> {
  const { server, grown } = ground;
  const start = await packaged.logEnd();
  try {
    for (const [name, value] of Object.entries(settings))
      await server.query(`alter database "${grown}" set ${name} = '${value}'`);
    const steps = await drive(ground);
    return { steps, queries: await collect(packaged.logFile, start, new Set(steps)) };
  } finally {
    for (const name of Object.keys(settings)) await server.query(`alter database "${grown}" reset ${name}`);
  }
}

async function collect(file: string, start: number, steps: ReadonlySet<string>): Promise<Query[]> {
  const queries = new Map<string, Query & { readonly by: Set<string> }>();
  for await (const { by, text, plan } of readPlans(file, start)) {
    if (!steps.has(by)) continue;
    const key = createHash('sha256').update(text).digest('hex');
    const judged = judgePlan(plan);
    const known = queries.get(key) ?? { text, by: new Set<string>(), calls: 0, worst: judged };
    known.by.add(by);
    const worst = isWorse(judged, known.worst) ? judged : known.worst;
    queries.set(key, { ...known, calls: known.calls + 1, worst });
  }
  const silent = [...steps].filter((step) => ![...queries.values()].some(({ by }) => by.has(step)));
  if (silent.length > 0) throw new Error(`no statement was seen of: ${silent.join(', ')}`);
  return [...queries.values()].sort((a, b) => b.worst.read - a.worst.read);
}

function isWorse(one: Judgement, other: Judgement): boolean {
  if (one.flags.length !== other.flags.length) return one.flags.length > other.flags.length;
  return one.read === other.read ? one.ms > other.ms : one.read > other.read;
}
