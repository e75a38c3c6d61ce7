// Why a run failed, in words that may be stored: kind and place of what was thrown, never what it says, for that may quote a person.

import { codeOf, describeError } from '../platform/errors.ts';
import { placesIn } from './handler-definition.ts';

/** A failure that we name ourselves. */
export class RunFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RunFault';
  }
}

const mostLetters = 300;

/** `folder`: the handlers' module lies there; what it runs of others' code is not its own place. */
export function describeFault(error: unknown, folder: string): string {
  if (error instanceof RunFault) return error.message;
  try {
    return `${kindOf(error)}${placeIn(error, folder)}`.slice(0, mostLetters);
  } catch {
    // Its own fields throw when they are looked at.
    return 'threw what cannot be told';
  }
}

function kindOf(error: unknown): string {
  if (error instanceof AggregateError) return `${nameOf(error)} of ${error.errors.length} errors`;
  if (isError(error)) {
    const code = codeOf(error);
    if (code !== undefined && 'severity' in error && /^[0-9A-Z]{5}$/.test(code)) return describeError(error);
    return code === undefined || !isWord(code) ? nameOf(error) : `${nameOf(error)} ${code}`;
  }
  if (error === undefined || error === null) return `threw ${error}`;
  return `threw ${/^[aeiou]/.test(typeof error) ? 'an' : 'a'} ${typeof error}, not an Error`;
}

/** An Error of another realm too. */
function isError(error: unknown): error is Error {
  return error instanceof Error || Object.prototype.toString.call(error) === '[object Error]';
}

/** Names and codes are words of a program; whoever puts more into one has it left out. */
function isWord(text: unknown): text is string {
  return typeof text === 'string' && /^[A-Za-z][\w-]{0,60}$/.test(text);
}

function nameOf(error: Error): string {
  const names: unknown[] = [error.name, error.constructor.name];
  return names.find(isWord) ?? 'Error';
}

function placeIn(error: unknown, folder: string): string {
  if (!isError(error) || typeof error.stack !== 'string') return '';
  const message: unknown = error.message;
  const places = placesIn(typeof message === 'string' ? behindMessage(error.stack, message) : '');
  const own = places.find((place) => place.startsWith(folder) && !place.includes('node_modules'));
  const place = own?.slice(folder.length).replace(/^[\\/]/, '');
  return place === undefined ? '' : ` at ${place}`;
}

/** A line of the message may look like a place. */
function behindMessage(stack: string, message: string): string {
  const start = stack.indexOf(message);
  return start === -1 ? '' : stack.slice(start + message.length);
}
