// What the bench and its instant Clerk, a process of its own, say to each other.

export type ClerkOrder =
  | { readonly kind: 'users'; readonly users: number }
  /** While held, pages of users wait. */
  | { readonly kind: 'hold'; readonly held: boolean }
  | { readonly kind: 'tell' };

export interface ClerkFacts {
  readonly port: number;
  /** Since the tenant's size was last said, by path. */
  readonly requests: Readonly<Record<string, number>>;
  /** Pages of users answered since the process began. */
  readonly pages: number;
  /** Rows of the whole tenant by table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly bytesPerUser: number;
  /** The fake's own, so far. */
  readonly cpuSeconds: number;
}
