// How Clerk misbehaves: what a client of the real one meets sooner or later. May be changed while the fake runs.

export interface Quirks {
  /** Requests within 10 seconds; what is beyond is answered 429. Infinity: no limit. */
  rateLimit: number;
  /** `refused`: 422, as an instance without it might; `ignored`: always the first page. */
  startingAfter: 'works' | 'refused' | 'ignored';
  /** Paths, without /v1, that the plan lacks, with all below them: 403. */
  forbidden: readonly string[];
  /** Each a share of all answers, from 0 to 1. */
  serverErrors: number;
  slow: number;
  cutBeforeHeaders: number;
  cutInBody: number;
  /** A page of HTML, with status 200: a proxy's. */
  html: number;
  /** Of a list, the page that was answered last. */
  repeatPage: number;
  /** How slow is slow. */
  slowMs: number;
}

export function isLiveKey(key: string): boolean {
  return key.startsWith('sk_live_');
}

/** Live keys may ask ten times as often as test keys. */
export function usualQuirks(key: string): Quirks {
  return {
    rateLimit: isLiveKey(key) ? 1000 : 100,
    startingAfter: 'works',
    forbidden: [],
    serverErrors: 0,
    slow: 0,
    cutBeforeHeaders: 0,
    cutInBody: 0,
    html: 0,
    repeatPage: 0,
    slowMs: 2000,
  };
}

/** A bad day: each of them now and then. */
export const badDay: Partial<Quirks> = {
  serverErrors: 0.03,
  slow: 0.02,
  cutBeforeHeaders: 0.01,
  cutInBody: 0.01,
  html: 0.01,
};
