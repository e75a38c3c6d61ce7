// The page of each list that was answered last, for a list that answers it again.

export class LastPages {
  readonly #bodies = new Map<string, Buffer>();

  /** The same list, whatever page of it. */
  static nameOf(path: string, parameters: URLSearchParams): string {
    const rest = new URLSearchParams(parameters);
    for (const place of ['offset', 'starting_after', 'created_at_after', 'created_at_before'])
      rest.delete(place);
    return `${path}?${rest.toString()}`;
  }

  /** `body` from now on. */
  take(name: string, body: Buffer): Buffer | undefined {
    const last = this.#bodies.get(name);
    this.#bodies.set(name, body);
    return last;
  }
}
