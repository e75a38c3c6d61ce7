// The order of delivery: shuffled among neighbours, what is owned beside its owner's deletion, some messages several times
// at once, some once more much later.

import type { Message } from './traffic.ts';

export interface Disorder {
  /** Each moves among so many neighbours. */
  readonly window: number;
  /** The share that is sent three times in a row: over as many connections, and so to as many replicas at once. */
  readonly atOnce: number;
  /** The share that comes again later. */
  readonly again: number;
}

export const disorder: Disorder = { window: 600, atOnce: 0.1, again: 0.05 };

const mostBeside = 4;

export function disordered(
  messages: readonly Message[],
  random: () => number,
  { window, atOnce, again }: Disorder = disorder,
): Message[] {
  const shuffled = besideDeletions(shuffledWithin(messages, random, window), window);
  const late = new Map<number, Message[]>();
  const sent: Message[] = [];
  for (const [place, message] of shuffled.entries()) {
    sent.push(...(late.get(place) ?? []), message);
    if (random() < atOnce) sent.push(message, message);
    if (random() < again) {
      const when = place + 1 + Math.floor(random() * (shuffled.length - place));
      late.set(when, [...(late.get(when) ?? []), message]);
    }
  }
  return [...sent, ...(late.get(shuffled.length) ?? [])];
}

/** A few of those around a deletion that name what is deleted go right before and behind it: to other replicas, at one moment. */
function besideDeletions(messages: readonly Message[], window: number): Message[] {
  const moved = new Set<Message>();
  const groups = new Map<Message, Message[]>();
  for (const [place, deletion] of messages.entries()) {
    const { deletes } = deletion;
    if (deletes === undefined || moved.has(deletion)) continue;
    const around = messages
      .slice(Math.max(0, place - window), place + window)
      .filter((each) => each !== deletion && !moved.has(each) && !groups.has(each))
      .filter(({ deletes: other, body }) => other === undefined && body.includes(deletes))
      .slice(0, mostBeside);
    for (const each of around) moved.add(each);
    const half = Math.ceil(around.length / 2);
    groups.set(deletion, [...around.slice(0, half), deletion, ...around.slice(half)]);
  }
  return messages.flatMap((message) => groups.get(message) ?? (moved.has(message) ? [] : [message]));
}

function shuffledWithin(messages: readonly Message[], random: () => number, window: number): Message[] {
  const shuffled: Message[] = [];
  const held: Message[] = [];
  const takeAny = (): void => {
    const place = Math.floor(random() * held.length);
    const taken = held[place];
    const last = held.pop();
    if (taken === undefined || last === undefined) return;
    if (place < held.length) held[place] = last;
    shuffled.push(taken);
  };
  for (const message of messages) {
    held.push(message);
    if (held.length >= window) takeAny();
  }
  while (held.length > 0) takeAny();
  return shuffled;
}
