// Names for the simulated people and companies, of many scripts: a mirror that only knows ASCII is found out.

import type { Random } from '../random.ts';

interface Person {
  readonly first: string;
  readonly last: string;
  /** The same name in an address's letters. */
  readonly handle: string;
}

const firstNames = [
  ['Amara', 'amara'],
  ['Bjørn', 'bjorn'],
  ['Chiara', 'chiara'],
  ['Dung', 'dung'],
  ['Efua', 'efua'],
  ['François', 'francois'],
  ['Gökçe', 'gokce'],
  ['Hana', 'hana'],
  ['Ірина', 'iryna'],
  ['João', 'joao'],
  ['Łukasz', 'lukasz'],
  ['美咲', 'misaki'],
  ['Noor', 'noor'],
  ['Οδυσσέας', 'odysseas'],
  ['Priya', 'priya'],
  ['رنا', 'rana'],
  ['Sinéad', 'sinead'],
  ['Zoë', 'zoe'],
] as const;

const lastNames = [
  ['Adeyemi', 'adeyemi'],
  ['Brontë', 'bronte'],
  ['Castillo', 'castillo'],
  ['D’Amico', 'damico'],
  ["O'Hara", 'ohara'],
  ['Fernández', 'fernandez'],
  ['Грищенко', 'hryshchenko'],
  ['Håkansson', 'hakansson'],
  ['Iyer', 'iyer'],
  ['Jørgensen', 'jorgensen'],
  ['Kowalczyk', 'kowalczyk'],
  ['林', 'lin'],
  ['Müller-Groß', 'mullergross'],
  ['Nguyễn', 'nguyen'],
  ['Okonkwo', 'okonkwo'],
  ['佐藤', 'sato'],
  ['van der Berg', 'vandenberg'],
] as const;

const companies = [
  'Tidewater',
  'Nordlicht',
  'Café Olé',
  'Бджола',
  'Kestrel',
  '雲海',
  'Quarry',
  'Ferrovia',
  'Ombú',
] as const;
const trades = ['Labs', 'Logistics', 'Press', '& Sons', 'Kollektiv', 'Robotics', 'Studio', 'Health'] as const;
const mailDomains = ['example.com', 'example.net', 'example.org', 'mail.example', 'post.example'] as const;

export function person(random: Random): Person {
  const [first, firstHandle] = random.pick(firstNames);
  const [last, lastHandle] = random.pick(lastNames);
  return { first, last, handle: `${firstHandle}.${lastHandle}${random.digits(4)}` };
}

export function mailAddress(random: Random, handle: string): string {
  return `${handle}@${random.pick(mailDomains)}`;
}

export function companyName(random: Random): string {
  return `${random.pick(companies)} ${random.pick(trades)}`;
}

export function slugOf(random: Random): string {
  return `team-${random.base62(8).toLowerCase()}`;
}
