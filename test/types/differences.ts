// Where two descriptions of the same objects differ, as a type: one key for each field that only one of them has, or that
// does not fit. A table that `satisfies` it must name every difference with its kind and a reason, and can name no other.

import type { Same } from './same.ts';

/** The objects to compare: a name for each, what we say of it, what they say of it. */
export type Pairs = Readonly<Record<string, readonly [ours: object, theirs: object]>>;

export type DriftTable<P> = {
  readonly [Name in keyof P]: P[Name] extends readonly [infer Ours, infer Theirs]
    ? Exactly<Differences<Ours, Theirs, P>>
    : never;
};

type Differences<Ours, Theirs, P> = {
  readonly [
    K in Keys<Ours> | Keys<Theirs> as Kind<Ours, Theirs, K, P> extends 'same' ? never : K
  ]: `${Kind<Ours, Theirs, K, P>}: ${string}`;
};

type Kind<Ours, Theirs, K, P> =
  K extends Keys<Ours>
    ? K extends Keys<Theirs>
      ? Fits<At<Ours, K>, At<Theirs, K>, P> extends true
        ? 'same'
        : 'does not fit'
      : 'ours alone'
    : 'theirs alone';

/** Theirs can stand where ours is asked for: ours may be wider, never narrower. */
type Fits<Ours, Theirs, P> = [Theirs] extends [Scalar]
  ? [Theirs] extends [Ours]
    ? true
    : false
  : [Extract<Theirs, null | undefined>] extends [Ours]
    ? FitsObject<NonNullable<Ours>, NonNullable<Theirs>, P>
    : false;

type FitsObject<Ours, Theirs, P> = [Theirs] extends [readonly (infer Their)[]]
  ? [Ours] extends [readonly (infer Our)[]]
    ? Fits<Our, Their, P>
    : false
  : string extends keyof Theirs
    ? [Theirs] extends [Ours] // A record of anything: metadata.
      ? true
      : false
    : IsPair<Ours, Theirs, P>;

/** An object with keys of its own fits when the table has the two as a pair: then its fields are compared there. */
type IsPair<Ours, Theirs, P> = true extends {
  [Name in keyof P]: P[Name] extends readonly [infer PairOurs, infer PairTheirs]
    ? [Same<Theirs, PairTheirs>, Overlap<Ours, PairOurs>] extends [true, true]
      ? true
      : never
    : never;
}[keyof P]
  ? true
  : false;

/** One of them may be a union that has the other as its part. */
type Overlap<A, B> = [A] extends [B] ? true : [B] extends [A] ? true : false;

type Scalar = string | number | boolean | null | undefined;

/** Of a union every key of any part. */
type Keys<T> = T extends unknown ? keyof T & string : never;

/** Of a union what any part has there; undefined where the field may be missing. */
type At<T, K> = T extends unknown ? (K extends keyof T ? T[K] : undefined) : never;

/** Where there is no difference, nothing may be listed: `{}` alone would allow all. */
type Exactly<T> = [keyof T] extends [never] ? Readonly<Record<string, never>> : T;
