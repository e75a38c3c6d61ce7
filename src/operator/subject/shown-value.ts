// Values as a page shows them: what may be somebody's own is veiled, unless it was asked for.

import { prettyJson } from '../page/pretty-json.ts';
import { isoTime, timeOf } from '../../clerk/time.ts';
import { isOpenAt, isOpenKey, isOpenValue, veil, visible } from '../page/veil.ts';
import type { Step } from './differences.ts';

/** Of one value, unless told. */
const mostCharacters = 500;

/** @param path the keys that lead to it from the outermost object; places in lists are no part of it */
export function shownValue(
  path: readonly string[],
  value: unknown,
  isVeiled: boolean,
  most = mostCharacters,
): string {
  if (value === null || value === undefined) return 'null';
  if (isVeiled && !isOpenAt(path, value)) return veil;
  if (typeof value === 'string') return cut(visible(value), most);
  if (isScalar(value)) return shownScalar(path.at(-1) ?? '', value);
  return shownJson(value, isVeiled, most);
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || JSON.isRawJSON(value);
}

/** Clerk's times are numbers. */
function shownScalar(key: string, value: unknown): string {
  const ms = key.endsWith('_at') ? timeOf(value) : undefined;
  return ms === undefined ? JSON.stringify(value) : isoTime(ms).replace('T', ' ').replace('Z', ' UTC');
}

/** An object whole, as text with line breaks. */
export function shownJson(value: unknown, isVeiled: boolean, most = mostCharacters): string {
  const json = textOf(value);
  if (json === undefined) return 'nested too deep to be shown';
  const { text, isCut } = prettyJson(json, { isVeiled, most });
  return isCut ? `${text} …` : text;
}

/** Where a difference is: `public_metadata.plan`, `email_addresses[idn_1].verification.status`. */
export function shownPath(path: readonly Step[], isVeiled: boolean): string {
  const text = path
    .map((step, index) => {
      if ('at' in step) return `[${step.at}]`;
      if ('id' in step) return `[${isVeiled && !isOpenValue('id', step.id) ? veil : visible(step.id)}]`;
      const dot = index === 0 ? '' : '.';
      if (isOpenKey(step.key)) return dot + step.key;
      return dot + (isVeiled ? veil : visible(JSON.stringify(step.key)));
    })
    .join('');
  return cut(text, mostCharacters);
}

export function keysOf(path: readonly Step[]): string[] {
  return path.flatMap((step) => ('key' in step ? [step.key] : []));
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most).toWellFormed()} …`;
}

/** Depth is the sender's choice: JSON.stringify goes only so deep. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
