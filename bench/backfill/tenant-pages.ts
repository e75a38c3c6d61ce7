// Pages of users as Clerk would answer them, up to millions: one page of the simulator's users, and for each page its
// number written into every id, address and time.

import { Random } from '../../testbed/random.ts';
import { newUser } from '../../testbed/payloads/user.ts';
import { userAnswer } from '../../testbed/fake-clerk/answers/user.ts';

export const pageSize = 500;
/** Four digits: the page's number. */
const mark = '~~~~';
const mostPages = 10 ** mark.length;
/** A time is 16, the page's number, and seven digits: from September 2020, a page each 2.8 hours. */
const firstMs = 1_600_000_000_000;
const pageMs = 10_000_000;
const userMs = 15_000;

const childSets = [
  'email_addresses',
  'phone_numbers',
  'web3_wallets',
  'external_accounts',
  'enterprise_accounts',
  'passkeys',
];

export interface TenantPages {
  /** The page of this number, from 0, as JSON. */
  render(page: number): Buffer;
  /** The number of the page behind the one that ends with this id; undefined for any other id. */
  behind(id: string): number | undefined;
  /** Rows of a page by table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly bytes: number;
}

export function tenantPages(): TenantPages {
  const users = Array.from({ length: pageSize }, (_, index) =>
    markedUser(new Random(`bench:${index}`), index),
  );
  const text = `[${users.join(',')}]`;
  const template = Buffer.from(text);
  const places = placesOf(template);
  const rows = rowsIn(JSON.parse(text.replaceAll(mark, '0000')) as Record<string, unknown>[]);
  const last = lastId(text);
  return {
    render(page) {
      if (page >= mostPages) throw new RangeError(`there is no page ${page}`);
      const number = Buffer.from(String(page).padStart(mark.length, '0'));
      const body = Buffer.from(template);
      for (const place of places) number.copy(body, place);
      return body;
    },
    behind(id) {
      const at = last.indexOf(mark);
      const page = Number(id.slice(at, at + mark.length));
      const isLast = id === last.replace(mark, String(page).padStart(mark.length, '0'));
      return isLast ? page + 1 : undefined;
    },
    rows,
    bytes: template.length,
  };
}

/** Its JSON. Times stand between two signs that a number cannot have, and lose them at last. */
function markedUser(random: Random, index: number): string {
  const now = firstMs + (index + 10) * userMs;
  const maker = { random, now, id: (prefix: string) => `${prefix}_2${mark}${random.base62(22)}` };
  return JSON.stringify(userAnswer(newUser(maker)), (key: string, value: unknown) =>
    typeof value === 'number'
      ? markedTime(value)
      : typeof value === 'string' && value !== ''
        ? markedText(key, value)
        : value,
  ).replaceAll(/"¤|¤"/g, '');
}

function markedTime(value: number): unknown {
  const rest = value - firstMs;
  return rest >= 0 && rest < pageMs ? `¤16${mark}${String(rest).padStart(7, '0')}¤` : value;
}

/** What differs from user to user. */
function markedText(key: string, value: string): string {
  switch (key) {
    case 'email_address':
      return value.replace('@', `.${mark}@`);
    case 'phone_number':
      return `${value.slice(0, 5)}${mark}${value.slice(9)}`;
    case 'provider_user_id':
    case 'web3_wallet':
      return `${value.slice(0, 2)}${mark}${value.slice(6)}`;
    case 'external_id':
    case 'username':
      return `${value}-${mark}`;
    case 'image_url':
    case 'profile_image_url':
    case 'avatar_url':
      return `${value}${mark}`;
    default:
      return value;
  }
}

function placesOf(template: Buffer): number[] {
  const places: number[] = [];
  for (let at = template.indexOf(mark); at !== -1; at = template.indexOf(mark, at + mark.length))
    places.push(at);
  return places;
}

function rowsIn(users: readonly Readonly<Record<string, unknown>>[]): Record<string, number> {
  const rows: Record<string, number> = { users: users.length };
  for (const user of users)
    for (const set of childSets) {
      const children = user[set];
      rows[set] = (rows[set] ?? 0) + (Array.isArray(children) ? children.length : 0);
    }
  return rows;
}

function lastId(text: string): string {
  const ids = [...text.matchAll(/"id":"(user_[^"]+)"/g)];
  return ids.at(-1)?.[1] ?? '';
}
