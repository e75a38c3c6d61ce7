// Cuts one-time codes and links out of a body's text before anything is stored; every other byte stays as it was signed.

/** What to cut, by the kind of object it stands in (docs/GUARANTEES.md, "Never kept, never shown"). */
const secretKeys: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['email', new Set(['subject', 'body', 'body_plain', 'data'])],
  ['sms_message', new Set(['message', 'data'])],
  ['invitation', new Set(['url'])],
  ['organization_invitation', new Set(['url'])],
]);
const watchedKeys = new Set([
  'object',
  'backup_codes',
  'private_metadata',
  ...[...secretKeys.values()].flatMap((keys) => [...keys]),
]);

/** A body that matches none of these holds nothing to cut; the last one finds a key spelt with escapes. */
const holdsKind = /:\s*"(?:email|sms_message|organization_invitation)"|"invitation"/;
const holdsCodes = /"backup_codes"\s*:\s*[^\sn]|\\u00(?:5[fF]|[46][1-9a-fA-F]|[57][0-9aA])/;

export interface RedactOptions {
  readonly keepPrivateMetadata: boolean;
}

/** The text with every secret value replaced by `null`; the same string where there is none. Takes valid JSON. */
export function redact(text: string, type: string, { keepPrivateMetadata }: RedactOptions): string {
  const rootKind = kindOfType(type);
  const cutsMetadata = !keepPrivateMetadata && text.includes('private_metadata');
  if (rootKind === undefined && !cutsMetadata && !holdsCodes.test(text) && !holdsKind.test(text)) return text;
  const spans = findSpans(text, rootKind, keepPrivateMetadata);
  let rest = 0;
  let kept = '';
  for (const { start, end } of spans.sort((a, b) => a.start - b.start)) {
    if (start < rest) continue; // inside a span that is cut already
    kept += `${text.slice(rest, start)}null`;
    rest = end;
  }
  return kept + text.slice(rest);
}

function kindOfType(type: string): string | undefined {
  if (type.startsWith('email.')) return 'email';
  if (type.startsWith('sms.')) return 'sms_message';
  return /^(?:organizationI|i)nvitation\./.test(type) ? 'invitation' : undefined;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** One open `{` or `[`. */
interface Frame {
  readonly start: number;
  readonly isObject: boolean;
  /** Inside somebody's metadata nothing is a secret of Clerk's. */
  readonly inMetadata: boolean;
  /** What it is by where it stands, and what it says it is: either makes its keys secret. */
  readonly place: string | undefined;
  tag: string | undefined;
  key: string | undefined;
  expectsKey: boolean;
  readonly watched: (Span & { readonly key: string })[];
}

/** An explicit stack, not recursion: depth is the sender's choice. */
function findSpans(text: string, rootKind: string | undefined, keepPrivateMetadata: boolean): Span[] {
  const spans: Span[] = [];
  const stack: Frame[] = [];
  const valueEnds = (start: number, end: number): void => {
    const frame = stack.at(-1);
    if (frame?.key === undefined || frame.inMetadata || !watchedKeys.has(frame.key)) return;
    if (frame.key === 'object' && text[start] === '"')
      frame.tag = JSON.parse(text.slice(start, end)) as string;
    else if (text.slice(start, end) !== 'null') frame.watched.push({ key: frame.key, start, end });
  };
  for (let at = 0; at < text.length; at++) {
    const frame = stack.at(-1);
    const character = text[at];
    if (character === '{' || character === '[') {
      stack.push(openFrame(at, character === '{', frame, stack.length === 1 ? rootKind : undefined));
    } else if (character === '}' || character === ']') {
      stack.pop();
      if (frame !== undefined) {
        // The envelope is none of these kinds, whatever it calls itself: its `data` stays.
        if (stack.length === 0) frame.tag = undefined;
        // One by one: a call takes only so many arguments, and their number is the sender's choice.
        for (const one of frame.watched) if (isSecret(one.key, frame, keepPrivateMetadata)) spans.push(one);
        valueEnds(frame.start, at + 1);
      }
    } else if (character === '"') {
      const end = endOfString(text, at);
      if (frame?.expectsKey === true) frame.key = JSON.parse(text.slice(at, end)) as string;
      else valueEnds(at, end);
      at = end - 1;
    } else if (character === ':') {
      if (frame !== undefined) frame.expectsKey = false;
    } else if (character === ',') {
      if (frame !== undefined) frame.expectsKey = frame.isObject;
    } else if (character !== undefined && character > ' ') {
      const end = endOfScalar(text, at);
      valueEnds(at, end);
      at = end - 1;
    }
  }
  return spans;
}

function openFrame(
  start: number,
  isObject: boolean,
  parent: Frame | undefined,
  rootKind: string | undefined,
): Frame {
  const key = parent?.key;
  return {
    start,
    isObject,
    inMetadata: parent !== undefined && (parent.inMetadata || (key?.endsWith('_metadata') ?? false)),
    place: key === 'invitation' ? 'invitation' : key === 'data' ? rootKind : undefined,
    tag: undefined,
    key: undefined,
    expectsKey: isObject,
    watched: [],
  };
}

function isSecret(
  key: string,
  { place, tag }: Pick<Frame, 'place' | 'tag'>,
  keepPrivateMetadata: boolean,
): boolean {
  if (key === 'backup_codes') return true;
  if (key === 'private_metadata') return !keepPrivateMetadata;
  return [place, tag].some((kind) => kind !== undefined && secretKeys.get(kind)?.has(key) === true);
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (precedingBackslashes(text, end) % 2 === 1) end = text.indexOf('"', end + 1);
  return end + 1;
}

function precedingBackslashes(text: string, at: number): number {
  let first = at;
  while (text[first - 1] === '\\') first--;
  return at - first;
}

function endOfScalar(text: string, start: number): number {
  let end = start;
  while (end < text.length && !/[\s,\]}]/.test(text[end] ?? '')) end++;
  return end;
}

/** The same for what is parsed, and nobody else's: values become null in place. In a list no object is an envelope. */
export function cutSecrets(list: object, { keepPrivateMetadata }: RedactOptions): void {
  const open: { readonly value: object; readonly place: string | undefined }[] = [
    { value: list, place: undefined },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, place } = next;
    if (Array.isArray(value)) {
      for (const each of value as unknown[])
        if (typeof each === 'object' && each !== null) open.push({ value: each, place: undefined });
      continue;
    }
    const object = value as Record<string, unknown>;
    const tag = typeof object.object === 'string' ? object.object : undefined;
    for (const key in object) {
      const each = object[key];
      if (each === null || each === undefined) continue;
      if (watchedKeys.has(key) && isSecret(key, { place, tag }, keepPrivateMetadata)) object[key] = null;
      // Inside somebody's metadata nothing is a secret of Clerk's.
      else if (typeof each === 'object' && !key.endsWith('_metadata'))
        open.push({ value: each, place: key === 'invitation' ? key : undefined });
    }
  }
}
