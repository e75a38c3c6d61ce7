// defineHandlers: how an application says which of its functions run for which events.

import type { EventType } from '../clerk/event-payloads.ts';
import { MirrorError } from '../platform/errors.ts';
import { handlerSetBrand, placeOf, type HandlerDefinition, type HandlerSet } from './handler-definition.ts';
import type { AnyEvent, Handler, HandlerEvent } from './handler-event.ts';

export interface HandlerOptions {
  /** One run at a time for each object, by Clerk's clock. One that is retried holds up those behind it. */
  readonly ordered?: boolean;
  /** An attempt that takes longer is aborted and rolled back. 20 unless told. */
  readonly timeoutSeconds?: number;
  /** After so many the run is dead. 12 unless told: they take a day and a half. */
  readonly attempts?: number;
}

/** Errors: MirrorError `handlers-invalid`, with the place of the call. */
export interface On {
  <const T extends EventType>(
    type: T | readonly T[],
    name: string,
    handler: Handler<HandlerEvent<T>>,
    options?: HandlerOptions,
  ): void;
  /** A type that Clerk did not have when this version was made: its data is not known. */
  (
    type: string | readonly string[],
    name: string,
    handler: Handler<AnyEvent>,
    options?: HandlerOptions,
  ): void;
}

/** Errors: MirrorError `handlers-invalid`. */
export function defineHandlers(register: (on: On) => void): HandlerSet {
  if (typeof register !== 'function')
    throw invalid(
      `${placeOf(defineHandlers)}: defineHandlers takes a function.`,
      'Write defineHandlers((on) => { on(…); }).',
    );
  const handlers: HandlerDefinition[] = [];
  let isOpen = true;
  const on = (
    type: string | readonly string[],
    name: string,
    handler: Handler<never>,
    options: HandlerOptions = {},
  ): void => {
    const place = placeOf(on);
    if (!isOpen)
      throw invalid(
        `${place}: on(…) was called after defineHandlers had ended.`,
        'Call it before, and not from async code.',
      );
    const definition = define(place, type, name, handler, options);
    const namesake = handlers.find((other) => other.name === definition.name);
    if (namesake !== undefined)
      throw invalid(
        `${place}: there is a handler named ${JSON.stringify(name)} already, at ${namesake.place}.`,
        'Give each handler a name of its own, and keep it: its runs are stored under it.',
      );
    handlers.push(definition);
  };
  // An async function is a void one too: whoever calls it does not look.
  const registering: (on: On) => unknown = register;
  const ended = registering(on);
  isOpen = false;
  if (ended instanceof Promise) {
    ended.catch(() => undefined);
    throw invalid(
      'defineHandlers was given an async function.',
      'Register the handlers without await; wait for what they need at the top of the module.',
    );
  }
  return { [handlerSetBrand]: true, handlers };
}

const mostSeconds = 3600;
const mostAttempts = 100;

function define(
  place: string,
  type: string | readonly string[],
  name: string,
  run: Handler<never>,
  options: HandlerOptions,
): HandlerDefinition {
  const types = typeof type === 'string' ? [type] : type;
  const refuse = (what: string, mend: string): never => {
    throw invalid(`${place}: ${what}`, mend);
  };
  // JavaScript calls it too.
  if (
    !Array.isArray(types) ||
    types.length === 0 ||
    types.some((each) => typeof each !== 'string' || each === '')
  )
    refuse('the first argument is neither an event type nor a list of them.', "Write on('user.created', …).");
  if (typeof name !== 'string' || !/^[a-z0-9-_.]{1,100}$/.test(name))
    refuse(
      `${JSON.stringify(name)} cannot be the name of a handler.`,
      'Write 1 to 100 of a–z, 0–9, "-", "_" and "."; keep it, for its runs are stored under it.',
    );
  if (typeof run !== 'function')
    refuse(
      `the handler ${name} is not a function.`,
      'Write on(type, name, async (event, context) => { … }).',
    );
  if (typeof options !== 'object' || (options as unknown) === null)
    refuse(`the options of ${name} are no object.`, 'Write { ordered: true }, or nothing.');
  const { ordered = false, timeoutSeconds = 20, attempts = 12, ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    refuse(
      `${name} has an option ${JSON.stringify(unknown)}, and there is none.`,
      'There are ordered, timeoutSeconds and attempts.',
    );
  if (typeof ordered !== 'boolean') refuse(`ordered of ${name} is not a boolean.`, 'Write true or false.');
  if (!(typeof timeoutSeconds === 'number' && timeoutSeconds > 0 && timeoutSeconds <= mostSeconds))
    refuse(
      `timeoutSeconds of ${name} is not a time.`,
      `Write seconds, more than 0 and at most ${mostSeconds}.`,
    );
  if (!(Number.isInteger(attempts) && attempts >= 1 && attempts <= mostAttempts))
    refuse(
      `attempts of ${name} is not a number of attempts.`,
      `Write a whole number from 1 to ${mostAttempts}.`,
    );
  return { name, types: [...new Set(types)], ordered, timeoutSeconds, attempts, place, run };
}

function invalid(message: string, mend: string): MirrorError {
  return new MirrorError('handlers-invalid', message, mend);
}
