// Marks every text of an event that may be a person's, or a secret: wherever one of them turns up, one search finds it.

import { randomBytes, randomInt } from 'node:crypto';
import type { Envelope } from './fixtures.ts';

/** In every mark of this run. It looks alike in JSON, in an address and in SQL. */
export const tag = `marked${randomBytes(5).toString('hex')}`;
/** In every marked number; `numbered` makes one of it. */
export const numberTag = String(randomInt(10_000_000, 99_999_999));

/** `p`: a person's, kept as it was signed. `s`: a one-time code or link, kept nowhere. `r`: in what is refused, kept nowhere. */
export type Kind = 'p' | 's' | 'r';

let count = 0;

/** Ends with a letter: no mark is the beginning of another. */
export function mark(kind: Kind = 'p'): string {
  return `${tag}${kind}${count++}z`;
}

function numbered(): number {
  return Number(`${numberTag}${1000 + (count++ % 9000)}`);
}

export interface MarkedEvent {
  readonly event: Envelope;
  /** Must be in the inbox. */
  readonly kept: readonly string[];
  /** Must be nowhere. */
  readonly secret: readonly string[];
}

/** Every string but ids and kinds is marked, nulls are filled, metadata is marked with its keys and numbers. */
export function markEvent(given: Envelope): MarkedEvent {
  const kept: string[] = [];
  const secret: string[] = [];
  const fresh = (isSecret: boolean): string => {
    const made = mark(isSecret ? 's' : 'p');
    (isSecret ? secret : kept).push(made);
    return made;
  };
  const visit = (value: unknown, place: Place): unknown => {
    const [key = ''] = place.path;
    if (isName(key, value, place)) return value;
    // A new field of Clerk's may carry anything: what is null today is text tomorrow.
    if (typeof value === 'string' || value === null)
      return `${fresh(isSecret(place))} ${value ?? 'filled'}`.trim();
    if (typeof value === 'number' && place.inMetadata) return numbered();
    if (typeof value !== 'object') return value;
    const inside = (child: string, parent: object): Place => ({
      ...place,
      path: [child, ...place.path],
      parent,
      inMetadata: place.inMetadata || key.endsWith('_metadata'),
    });
    if (Array.isArray(value)) return value.map((each) => visit(each, inside('[]', value)));
    const all = Object.entries(value).map(([name, each]) => {
      const place = inside(name, value);
      return [place.inMetadata ? `${fresh(false)} ${name}` : name, visit(each, place)] as const;
    });
    if (key.endsWith('_metadata')) all.push([fresh(false), [fresh(false), numbered()]]);
    return Object.fromEntries(all);
  };
  const planted = { ...given, data: { ...given.data, planted: secretsAnywhere() } };
  const event = visit(planted, { type: given.type, path: [], parent: planted, inMetadata: false });
  return { event: event as Envelope, kept, secret };
}

interface Place {
  readonly type: string;
  /** Innermost first. */
  readonly path: readonly string[];
  readonly parent: object;
  readonly inMetadata: boolean;
}

/** Where Clerk has not put them yet. */
function secretsAnywhere(): unknown[] {
  return [
    { object: 'organization_invitation', url: 'https://example.test/?ticket=1' },
    { invitation: { url: 'https://example.test/?ticket=2' } },
    { deeper: [{ backup_codes: ['12345678', { code: '87654321' }] }] },
  ];
}

/** Ids, types and kinds may be shown, and say nothing of anybody. */
function isName(key: string, value: unknown, { path, inMetadata }: Place): boolean {
  if (inMetadata) return false;
  if (value === null) return /(?:^|_)id$/.test(key);
  if (typeof value !== 'string') return false;
  const isClerkId = /^[a-z]+(?:_[a-z]+)*_(?:37[A-Za-z0-9]{25}|test_\w+)$/.test(value);
  return value === '' || isClerkId || key === 'object' || (path.length === 1 && key === 'type');
}

/** What must never be kept, read from the contract and not from the code under test. */
function isSecret({ type, path, parent, inMetadata }: Place): boolean {
  const [key = '', holder = '', ...outer] = path.filter((name) => name !== '[]');
  const where = [...path].reverse().join('.');
  if (type.startsWith('email.') && /^data\.(?:subject|body|body_plain|data)(?:\.|$)/.test(where)) return true;
  if (type.startsWith('sms.') && /^data\.(?:message|data)(?:\.|$)/.test(where)) return true;
  if (inMetadata) return false;
  if ([key, holder, ...outer].includes('backup_codes')) return true;
  const kind = (parent as { object?: unknown }).object;
  const inInvitation = kind === 'invitation' || kind === 'organization_invitation' || holder === 'invitation';
  return key === 'url' && (inInvitation || (holder === 'data' && type.includes('nvitation.')));
}
