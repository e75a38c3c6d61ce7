// Random histories of a tenant and of their delivery: an array of small steps, so that a failing one shrinks to a few.

import fc from 'fast-check';
import { circles, everything, stories, themes, type Scene } from './event-kinds.ts';

/** One event as it will be made: numbers that can shrink, no objects. */
export interface Step {
  /** The event type, or one of the oddities (event-kinds.ts). */
  readonly what: string;
  /** Which of the few users, organizations, sessions … it is about. */
  readonly who: number;
  /** ms after the tenant's first moment; null: the object has no `updated_at`. */
  readonly updated: number | null;
  /** ms after the tenant's first moment; null: the envelope has no `timestamp`. */
  readonly happened: number | null;
  /** Whole seconds are sent as seconds. */
  readonly seconds: boolean;
  /** Which fields and children the object has, and what is in them; 0: as in the fixture. */
  readonly variant: number;
  /** Its owners are only named, without a copy of them. */
  readonly bare: boolean;
  /** Begins the svix-id, so that ids are in no order of time. */
  readonly mark: string;
  /** One delivery for each: where in the order it comes. */
  readonly places: readonly number[];
}

/** How deliveries become batches; used again and again until all are delivered. */
export interface Cut {
  readonly size: number;
  readonly service: 0 | 1;
  /** Begins before the batches before it have ended. */
  readonly overlaps: boolean;
}

/** The mapping was wrong for a while: columns are damaged, and every stored message is applied again. */
export interface Again {
  readonly places: readonly number[];
  readonly cuts: readonly Cut[];
}

export interface History {
  readonly steps: readonly Step[];
  readonly cuts: readonly Cut[];
  readonly again: Again | null;
}

const place = fc.nat({ max: 99 });

const step: fc.Arbitrary<Omit<Step, 'what'> & { readonly kind: number }> = fc.record({
  kind: fc.noBias(fc.nat({ max: 9999 })),
  // Mostly one and the same: what never meets shows nothing.
  who: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 3 }) }),
  // So few moments that versions collide; 1000 is a whole second.
  updated: fc.option(fc.constantFrom(0, 1, 2, 1000), { freq: 12 }),
  happened: fc.option(fc.constantFrom(0, 1, 2, 1000, 5000), { freq: 8 }),
  seconds: fc.boolean(),
  variant: fc.nat({ max: 999 }),
  bare: fc.boolean(),
  // In bytes: '-' < '0' < 'B' < '_' < 'a'; by the rules of most languages not.
  mark: fc.constantFrom('B', 'a', '0', '_', '-'),
  places: fc.oneof(
    { weight: 6, arbitrary: fc.array(place, { minLength: 1, maxLength: 1 }) },
    { weight: 3, arbitrary: fc.array(place, { minLength: 1, maxLength: 3 }) },
  ),
});

const cut: fc.Arbitrary<Cut> = fc.record({
  size: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 5 }) },
    { weight: 1, arbitrary: fc.integer({ min: 6, max: 20 }) },
  ),
  service: fc.constantFrom(0, 1),
  overlaps: fc.boolean(),
});

const cuts = fc.array(cut, { minLength: 1, maxLength: 6 });

const kinds = fc.oneof(
  { weight: 1, arbitrary: fc.constant(everything) },
  { weight: 5, arbitrary: fc.constantFrom(...circles) },
  { weight: 4, arbitrary: fc.constantFrom(...themes) },
  {
    weight: 2,
    arbitrary: fc.array(fc.constantFrom(...everything), { minLength: 2, maxLength: 6, size: 'max' }),
  },
);

const again: fc.Arbitrary<Again | null> = fc.option(
  fc.record({ places: fc.array(place, { minLength: 1, maxLength: 12 }), cuts }),
  { freq: 2 },
);

/** Steps of a few kinds, delivered in any order. */
const shuffled: fc.Arbitrary<History> = fc
  .record({
    kinds,
    steps: fc.oneof(
      { weight: 19, arbitrary: fc.array(step, { minLength: 1, maxLength: 12, size: 'max' }) },
      { weight: 1, arbitrary: fc.array(step, { minLength: 13, maxLength: 40, size: 'max' }) },
    ),
    cuts,
    again,
  })
  .map(({ kinds: some, steps: numbered, ...rest }) => ({
    ...rest,
    steps: numbered.map(({ kind, ...each }) => ({ ...each, what: some[kind % some.length]! })),
  }));

/** A story as it is written; its objects and times are any. */
function historyOf(scenes: readonly Scene[]): fc.Arbitrary<History> {
  const storySteps = scenes.flatMap(({ steps }) => steps);
  return fc
    .record({
      steps: fc.tuple(...storySteps.map(() => step)),
      services: fc.tuple(...scenes.map(() => fc.constantFrom<0 | 1>(0, 1))),
      again,
    })
    .map(({ steps, services, ...rest }) => ({
      ...rest,
      steps: steps.map(({ kind: _kind, ...each }, index) => ({
        ...each,
        ...storySteps[index]!,
        places: [index],
      })),
      cuts: scenes.map((scene, index) => ({
        size: scene.steps.length,
        service: services[index]!,
        overlaps: scene.overlaps,
      })),
    }));
}

export const history: fc.Arbitrary<History> = fc.oneof(
  { weight: 9, arbitrary: shuffled },
  { weight: 1, arbitrary: fc.oneof(...stories.map(historyOf)) },
);
