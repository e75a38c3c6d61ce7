// What each message of a subject changed, told from the messages alone: compared with the newest one before it, by the version of rows.

import { parseEnvelope } from '../../clerk/event.ts';
import { faithful, type JsonObject } from '../../clerk/json.ts';
import type { MessageState } from '../../inbox/message.ts';
import type { Effect, Registry } from '../../apply/registry.ts';
import { compareVersions, versionOf, type Version } from '../../projections/version.ts';
import { differencesBetween, type Difference } from './differences.ts';

export interface SubjectMessage {
  readonly id: string;
  readonly type: string;
  readonly state: MessageState;
  readonly occurredAt: Date;
  readonly receivedAt: Date;
  /** Microseconds since 1970, our clock: messages of one millisecond are told apart. */
  readonly appliedUs: number | null;
  readonly lastError: string | null;
  /** null when it is not kept any more. */
  readonly body: string | null;
}

export type Told =
  /** Nothing of this object is kept from before it. */
  | { readonly kind: 'first'; readonly fields: number }
  | { readonly kind: 'changes'; readonly differences: readonly Difference[] }
  | { readonly kind: 'no change' }
  /** Its own updated_at is older than that of a message before it. */
  | { readonly kind: 'outdated' }
  /** The object of the message before it is not known. */
  | { readonly kind: 'not comparable' }
  /** A deletion that carries no object. */
  | { readonly kind: 'mark' }
  | { readonly kind: 'bodiless' }
  /** No mirrored object: a type that nobody handles, another instance's, or a body that cannot be read. */
  | { readonly kind: 'not mirrored' };

export interface HistoryEntry {
  readonly message: SubjectMessage;
  readonly told: Told;
  readonly deletes: boolean;
  /** It was applied after a newer one, or after the deletion: what it found there already. */
  readonly late: 'newer' | 'deletion' | undefined;
}

/** When the earliest newer object, and the earliest deletion, were applied, microseconds: of messages that are newer than those at hand. */
export interface Arrivals {
  readonly newer: number;
  readonly deletion: number;
}

export const nothingNewer: Arrivals = { newer: Infinity, deletion: Infinity };

interface Carried {
  readonly version: Version;
  readonly object: JsonObject;
}

/** @param messages in Clerk's order, the oldest first; `hasOlder`: what was before them is not known */
export function tellHistory(
  messages: readonly SubjectMessage[],
  registry: Registry,
  hasOlder: boolean,
): Omit<HistoryEntry, 'late'>[] {
  const before = new Map<string, Carried | 'unknown'>();
  return messages.map((message) => {
    const effect = message.state === 'foreign' ? undefined : registry.get(message.type);
    if (effect === undefined) return { message, told: { kind: 'not mirrored' }, deletes: false };
    const { table } = effect.projection;
    const standing = before.get(table) ?? (hasOlder ? 'unknown' : undefined);
    const told = tell(message, effect, standing, (carried) => before.set(table, carried));
    return { message, told, deletes: effect.deletes };
  });
}

function tell(
  { id, occurredAt, body }: SubjectMessage,
  { carries, deletes }: Effect,
  standing: Carried | 'unknown' | undefined,
  stands: (carried: Carried | 'unknown') => void,
): Told {
  if (body === null) {
    if (carries) stands('unknown');
    return carries ? { kind: 'bodiless' } : { kind: 'mark' };
  }
  const envelope = parseEnvelope(body);
  if (envelope === undefined) return { kind: 'not mirrored' };
  const object = faithful(body, { data: envelope.data }).data as JsonObject;
  if (!carries || (deletes && isMark(object))) return { kind: 'mark' };
  const version = versionOf(object, occurredAt.getTime(), id);
  if (standing !== undefined && standing !== 'unknown' && compareVersions(version, standing.version) < 0)
    return { kind: 'outdated' };
  stands({ version, object });
  if (standing === undefined) return { kind: 'first', fields: Object.keys(object).length };
  if (standing === 'unknown') return { kind: 'not comparable' };
  const differences = differencesBetween(standing.object, object);
  return differences.length === 0 ? { kind: 'no change' } : { kind: 'changes', differences };
}

/** What is left of a deleted object, under a type that may also carry it whole. */
function isMark({ deleted, created_at, updated_at }: JsonObject): boolean {
  return deleted === true && created_at === undefined && updated_at === undefined;
}

/** @param entries the newest first. -> the same with what came late, and the arrivals for older ones still. */
export function withLateness(
  entries: readonly Omit<HistoryEntry, 'late'>[],
  { newer, deletion }: Arrivals,
): { entries: HistoryEntry[]; arrivals: Arrivals } {
  const told = entries.map((entry): HistoryEntry => {
    const { message, deletes } = entry;
    const at = message.state === 'applied' ? (message.appliedUs ?? undefined) : undefined;
    const carries = !['not mirrored', 'outdated', 'mark'].includes(entry.told.kind);
    const late =
      at === undefined || !carries
        ? undefined
        : at > newer
          ? 'newer'
          : at > deletion
            ? 'deletion'
            : undefined;
    if (at !== undefined && carries) newer = Math.min(newer, at);
    if (at !== undefined && deletes) deletion = Math.min(deletion, at);
    return { ...entry, late };
  });
  return { entries: told, arrivals: { newer, deletion } };
}
