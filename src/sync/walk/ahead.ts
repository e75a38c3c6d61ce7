// The next page is asked for while the consumer works on this one: one ahead, no more.

/** Whoever leaves early, or aborts, ends the request that is under way; nothing is left behind. */
export async function* oneAhead<T>(
  start: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
  outer?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const left = new AbortController();
  const signal = outer === undefined ? left.signal : AbortSignal.any([outer, left.signal]);
  signal.throwIfAborted();
  const source = start(signal);
  let next = source.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = source.next();
      // It is told when it is asked for, which may be much later.
      next.catch(() => undefined);
      yield value;
      signal.throwIfAborted();
    }
  } finally {
    left.abort();
    await next.catch(() => undefined);
    await source.return();
  }
}
