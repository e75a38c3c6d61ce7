// Names and metadata as applications have them: of many scripts, nested, of every JSON type. A mirror that only knows ASCII is found out.

import type { JsonObject } from '../../src/clerk/json.ts';
import type { Random } from '../random.ts';

/** `Bjørn bjorn`: a name, and the same in an address's letters. */
const named = (text: string): readonly (readonly [string, string])[] =>
  text.split(', ').map((pair) => {
    const gap = pair.lastIndexOf(' ');
    return [pair.slice(0, gap), pair.slice(gap + 1)];
  });

const firstNames = named(
  'Amara amara, Bjørn bjorn, Chiara chiara, Dung dung, Efua efua, François francois, Gökçe gokce, Hana hana, ' +
    'Ірина iryna, João joao, Łukasz lukasz, 美咲 misaki, Noor noor, Οδυσσέας odysseas, Priya priya, رنا rana, ' +
    'Sinéad sinead, Zoë zoe',
);
const lastNames = named(
  "Adeyemi adeyemi, Brontë bronte, Castillo castillo, D’Amico damico, O'Hara ohara, Fernández fernandez, " +
    'Грищенко hryshchenko, Håkansson hakansson, Iyer iyer, Jørgensen jorgensen, Kowalczyk kowalczyk, 林 lin, ' +
    'Müller-Groß mullergross, Nguyễn nguyen, Okonkwo okonkwo, 佐藤 sato, van der Berg vandenberg',
);
const companies = 'Tidewater, Nordlicht, Café Olé, Бджола, Kestrel, 雲海, Quarry, Ferrovia, Ombú'.split(', ');
const trades = 'Labs, Logistics, Press, & Sons, Kollektiv, Robotics, Studio, Health'.split(', ');
const mailDomains = ['example.com', 'example.net', 'example.org', 'mail.example', 'post.example'];

export interface Person {
  readonly first: string;
  readonly last: string;
  /** The same name in an address's letters. */
  readonly handle: string;
}

export function person(random: Random): Person {
  const [first, firstHandle] = random.pick(firstNames);
  const [last, lastHandle] = random.pick(lastNames);
  return { first, last, handle: `${firstHandle}.${lastHandle}${random.digits(4)}` };
}

/** An e-mail address; of somebody new unless a handle is given. */
export function mailAddress(random: Random, handle = person(random).handle): string {
  return `${handle}@${random.pick(mailDomains)}`;
}

export function companyName(random: Random): string {
  return `${random.pick(companies)} ${random.pick(trades)}`;
}

const keys = ['plan', 'größe', 'tags', 'limits', 'seen', '🙂', 'a.b', 'null'];
const words = [
  ...['grün', '日本', '🚀', '👩🏽‍🚀 commander', 'a\tb', 'line\nbreak', '"quoted"', "o'clock", '100%', 'مرحبا'],
  ...['\\u0041', ''],
];

export function metadata(random: Random): JsonObject {
  if (random.chance(0.3)) return {};
  const fields: Record<string, unknown> = {};
  const size = random.int(1, 4);
  for (let i = 0; i < size; i++) fields[random.pick(keys)] = value(random, 2);
  return fields;
}

function value(random: Random, depth: number): unknown {
  switch (random.int(0, depth > 0 ? 7 : 5)) {
    case 0:
      return random.pick(words);
    case 1:
      return random.int(-1_000_000, 1_000_000);
    case 2:
      return random.int(1, 9_999_999) / 1000;
    case 3:
      return random.chance(0.5);
    case 4:
      return null;
    case 5:
      return random.pick([Number.MAX_SAFE_INTEGER, 1e21, 5e-7, 0]);
    case 6:
      return Array.from({ length: random.int(0, 3) }, () => value(random, depth - 1));
    default:
      return { [random.pick(words)]: value(random, depth - 1), n: value(random, depth - 1) };
  }
}
