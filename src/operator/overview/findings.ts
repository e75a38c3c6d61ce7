// What an operator should know at once, the worst first, each with the page where it is mended.

import { approximately, count, duration } from '../page/format.ts';
import type { SyncStatus } from '../sync-status.ts';
import { mostDeadRuns, type InboxState } from './read-inbox.ts';
import type { Activity } from './read-activity.ts';
import type { Place } from './read-place.ts';

export interface Finding {
  readonly level: 'problem' | 'warning' | 'note';
  readonly text: string;
  readonly link: string;
  /** What the link says. */
  readonly action: string;
}

export interface Findings {
  readonly findings: readonly Finding[];
  /** Whether the mirror is known to be what Clerk has, and since when that is known. */
  readonly verdict: string;
}

const slowPendingMs = 60_000;
const silentMs = 24 * 3_600_000;
const levels = ['problem', 'warning', 'note'] as const;

export interface Facts {
  readonly inbox: InboxState;
  readonly sync: SyncStatus;
  readonly place: Place;
  readonly activity: Activity;
  readonly hasKey: boolean;
}

export function findingsOf({ inbox, sync, place, activity, hasKey }: Facts): Findings {
  const findings = [
    ...ofInbox(inbox),
    ...ofRefusals(activity),
    ...ofSync(sync, hasKey),
    ...ofPlace(place),
  ].toSorted((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level));
  return { findings, verdict: verdictOf(findings, sync) };
}

function ofInbox({ states, estimated, deadRuns, oldestPendingAt, lastMessageAt }: InboxState): Finding[] {
  const { pending, dead, foreign, unhandled } = states;
  const found: Finding[] = [];
  const messages = (state: keyof typeof states): string => {
    const n = states[state];
    return `${approximately({ count: n, isExact: !estimated.has(state) })} ${n === 1 ? 'message' : 'messages'}`;
  };
  if (dead > 0)
    found.push({
      level: 'problem',
      text: `${messages('dead')} could not be applied and ${dead === 1 ? 'was' : 'were'} given up.`,
      link: '/messages?state=dead',
      action: 'See why, then replay',
    });
  if (deadRuns > 0)
    found.push({
      level: 'problem',
      text: `${most(deadRuns)} ${deadRuns === 1 ? 'run' : 'runs'} of own handlers ${deadRuns === 1 ? 'was' : 'were'} given up.`,
      link: '/handlers',
      action: 'See why, then retry',
    });
  const waited = oldestPendingAt === null ? 0 : Date.now() - oldestPendingAt.getTime();
  if (pending > 0)
    found.push({
      level: waited > slowPendingMs ? 'warning' : 'note',
      text: `${messages('pending')} ${pending === 1 ? 'waits' : 'wait'} to be applied again, the oldest for ${duration(waited)}.`,
      link: '/messages?state=pending',
      action: 'See why',
    });
  if (foreign > 0)
    found.push({
      level: 'note',
      text: `${messages('foreign')} of another Clerk instance ${foreign === 1 ? 'is' : 'are'} kept and not mirrored.`,
      link: '/messages?state=foreign',
      action: 'Look',
    });
  if (unhandled > 0)
    found.push({
      level: 'note',
      text: `${messages('unhandled')} of types without a table ${unhandled === 1 ? 'is' : 'are'} kept.`,
      link: '/messages?state=unhandled',
      action: 'Look',
    });
  const silence = lastMessageAt === null ? 0 : Date.now() - lastMessageAt.getTime();
  if (silence > silentMs)
    found.push({
      level: 'warning',
      text: `Nothing has come for ${duration(silence)}: look at the endpoint in Clerk's dashboard, and at what stands before this service.`,
      link: '/messages',
      action: 'The last that came',
    });
  return found;
}

/** Reasons of the last hour that somebody should mend; the others are strangers' requests. */
function ofRefusals({ refused, perMinute }: Activity): Finding[] {
  const found: Finding[] = [];
  const sum = (...reasons: readonly string[]): number =>
    reasons.reduce((all, reason) => all + (refused.get(reason) ?? 0), 0);
  const forged = sum('unverified');
  if (forged > 0)
    found.push({
      level: perMinute === 0 ? 'problem' : 'warning',
      text: `${count(forged)} ${forged === 1 ? 'webhook was' : 'webhooks were'} refused in the last hour for the signature${perMinute === 0 ? ', and none was accepted: compare WEBHOOK_SECRET with the signing secret in Clerk’s dashboard' : ''}.`,
      link: '/messages',
      action: 'What came',
    });
  const away = sum('database', 'late', 'busy', 'overloaded');
  if (away > 0)
    found.push({
      level: 'warning',
      text: `${count(away)} ${away === 1 ? 'webhook was' : 'webhooks were'} answered 503 in the last hour; Clerk delivers them again.`,
      link: '#database',
      action: 'The database',
    });
  return found;
}

function ofSync({ backfills, drift }: SyncStatus, hasKey: boolean): Finding[] {
  const found: Finding[] = [];
  const link = '/sync';
  const left = Object.entries(drift).filter(([, each]) => each.left > 0);
  if (left.length > 0)
    found.push({
      level: 'problem',
      text: `${count(left.reduce((sum, [, each]) => sum + each.left, 0))} rows differ from Clerk: ${left.map(([resource]) => resource).join(', ')}.`,
      link,
      action: 'Mend the drift',
    });
  const failed = backfills.filter(({ state }) => state === 'failed' || state === 'stopped');
  if (failed.length > 0)
    found.push({
      level: 'warning',
      text: `The backfill of ${failed.map(({ resource }) => resource).join(', ')} is not finished.`,
      link,
      action: 'Go on with it',
    });
  if (!hasKey)
    found.push({
      level: 'note',
      text: 'Without CLERK_SECRET_KEY nothing is filled or compared with Clerk: what a lost webhook cost stays unknown.',
      link,
      action: 'What a key does',
    });
  return found;
}

function ofPlace({ processes, connections, mostConnections, isReadOnly }: Place): Finding[] {
  const found: Finding[] = [];
  if (isReadOnly)
    found.push({
      level: 'problem',
      text: 'Postgres is read-only here: every webhook is answered 503. DATABASE_URL must be the address of the primary.',
      link: '#database',
      action: 'The database',
    });
  const versions = new Set(processes.map(({ version }) => version));
  if (versions.size > 1)
    found.push({
      level: 'note',
      text: `Processes of ${versions.size} versions are at work: ${[...versions].join(', ')}.`,
      link: '#processes',
      action: 'Which',
    });
  if (connections > mostConnections * 0.85)
    found.push({
      level: 'warning',
      text: `Postgres has ${count(connections)} of at most ${count(mostConnections)} connections.`,
      link: '#database',
      action: 'Look',
    });
  return found;
}

function verdictOf(findings: readonly Finding[], { drift }: SyncStatus): string {
  const resources = Object.values(drift);
  const problems = findings.filter(({ level }) => level === 'problem').length;
  if (problems > 0) return 'The mirror needs you.';
  const checked = resources.map(({ checkedAt }) => checkedAt).toSorted()[0];
  if (checked === undefined) return 'All that came is applied; it was not compared with Clerk yet.';
  return `The mirror equals Clerk: all ${resources.length} lists were compared, ${duration(Date.now() - Date.parse(checked))} ago or less, and nothing differs.`;
}

function most(n: number): string {
  return n > mostDeadRuns ? `More than ${count(mostDeadRuns)}` : count(n);
}
