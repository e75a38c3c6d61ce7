// Metadata as applications write it: nested, of every JSON type, and in every script.

import type { Random } from '../random.ts';
import type { Metadata } from './maker.ts';

const words = [
  'grün',
  '日本',
  '🚀',
  '👩🏽‍🚀 commander',
  'a\tb',
  'line\nbreak',
  '"quoted"',
  "o'clock",
  '100%',
  'مرحبا',
  '\\u0041',
  '',
] as const;

export function metadata(random: Random): Metadata {
  if (random.chance(0.3)) return {};
  const fields: Record<string, unknown> = {};
  const size = random.int(1, 4);
  for (let i = 0; i < size; i++)
    fields[random.pick(['plan', 'größe', 'tags', 'limits', 'seen', '🙂', 'a.b', 'null'])] = value(random, 2);
  return fields;
}

function value(random: Random, depth: number): unknown {
  const kind = random.int(0, depth > 0 ? 7 : 5);
  switch (kind) {
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
