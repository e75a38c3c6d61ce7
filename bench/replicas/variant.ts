// The variants that are compared: how many services, how many processes each, and what stands between them and Postgres.

export interface Variant {
  readonly name: string;
  readonly replicas: number;
  /** WEB_CONCURRENCY of each. */
  readonly processes: number;
  readonly pgBouncer: boolean;
}

export const variants = {
  replicas: { name: 'three replicas', replicas: 3, processes: 1, pgBouncer: false },
  workers: { name: 'WEB_CONCURRENCY=2', replicas: 1, processes: 2, pgBouncer: false },
  single: { name: 'one process', replicas: 1, processes: 1, pgBouncer: false },
  pgbouncer: { name: 'three replicas, PgBouncer', replicas: 3, processes: 1, pgBouncer: true },
} as const satisfies Record<string, Variant>;

export type VariantKey = keyof typeof variants;
