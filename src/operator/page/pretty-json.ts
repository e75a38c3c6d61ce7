// JSON text with line breaks and veiled values, for eyes. Made of the text, so that every number keeps its digits.

import { isOpenKey, isOpenObject, isOpenValue, veil, visible } from './veil.ts';

export interface Pretty {
  readonly text: string;
  /** There was more than may be shown at once. */
  readonly isCut: boolean;
}

export interface PrettyOptions {
  readonly isVeiled: boolean;
  /** Characters, about. */
  readonly most: number;
}

/** Deeper ones stand on one line: how deep is the sender's choice, and each line begins with that many spaces. */
const mostIndented = 40;

/** One open `{` or `[`; of a list, the key that it stands under. */
interface Frame {
  readonly isObject: boolean;
  /** How many objects are open, this one among them. */
  readonly objects: number;
  key: string;
  expectsKey: boolean;
}

/** Takes valid JSON. An explicit stack, not recursion: depth is the sender's choice. */
export function prettyJson(json: string, { isVeiled, most }: PrettyOptions): Pretty {
  const stack: Frame[] = [];
  let text = '';
  const newLine = (): string => (stack.length > mostIndented ? '' : `\n${'  '.repeat(stack.length)}`);
  for (let at = 0; at < json.length && text.length <= most;) {
    const frame = stack.at(-1);
    const character = json[at] ?? '';
    if (character === '{' || character === '[') {
      const close = nextAfterSpace(json, at + 1);
      const isEmpty = json[close] === '}' || json[close] === ']';
      // A list in a list is as open as the outer one.
      const isOpen =
        !isVeiled ||
        frame === undefined ||
        (character === '[' && !frame.isObject) ||
        isOpenObject(frame.key, frame.objects);
      if (isEmpty || !isOpen) {
        text += isEmpty ? `${character}${json[close] ?? ''}` : `"${veil}"`;
        at = isEmpty ? close + 1 : endOfContainer(json, at);
        continue;
      }
      const isObject = character === '{';
      const objects = (frame?.objects ?? 0) + (isObject ? 1 : 0);
      stack.push({ isObject, objects, key: frame?.key ?? '', expectsKey: isObject });
      text += character + newLine();
      at++;
    } else if (character === '}' || character === ']') {
      stack.pop();
      text += newLine() + character;
      at++;
    } else if (character === ',') {
      if (frame !== undefined) frame.expectsKey = frame.isObject;
      text += `,${newLine() || ' '}`;
      at++;
    } else if (character === ':') {
      if (frame !== undefined) frame.expectsKey = false;
      text += ': ';
      at++;
    } else if (character <= ' ') {
      at++;
    } else {
      const end = character === '"' ? endOfString(json, at) : endOfScalar(json, at);
      const token = json.slice(at, end);
      if (frame?.expectsKey === true) {
        frame.key = JSON.parse(token) as string;
        text += isVeiled && !isOpenKey(frame.key) ? `"${veil}"` : visible(token.slice(0, most));
      } else {
        text += isVeiled && !mayShow(frame?.key ?? '', token) ? `"${veil}"` : visible(token.slice(0, most));
      }
      at = end;
    }
  }
  return text.length <= most ? { text, isCut: false } : { text: text.slice(0, most), isCut: true };
}

function mayShow(key: string, token: string): boolean {
  // A longer one is neither an id nor a name of ours.
  if (token.length > 300) return false;
  return isOpenValue(key, JSON.parse(token) as string | number | boolean | null);
}

function nextAfterSpace(json: string, start: number): number {
  let at = start;
  while (at < json.length && (json[at] ?? '') <= ' ') at++;
  return at;
}

function endOfContainer(json: string, start: number): number {
  let open = 0;
  for (let at = start; at < json.length; at++) {
    const character = json[at];
    if (character === '"') at = endOfString(json, at) - 1;
    else if (character === '{' || character === '[') open++;
    else if ((character === '}' || character === ']') && --open === 0) return at + 1;
  }
  return json.length;
}

function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    if (json[at] === '\\') at++;
    else if (json[at] === '"') return at + 1;
  }
  return json.length;
}

function endOfScalar(json: string, start: number): number {
  let end = start;
  while (end < json.length && !/[\s,\]}]/.test(json[end] ?? '')) end++;
  return end;
}
