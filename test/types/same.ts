// Whether two types allow the same values: each can stand for the other.

export type Same<A, B> = [A, B] extends [B, A] ? true : false;
