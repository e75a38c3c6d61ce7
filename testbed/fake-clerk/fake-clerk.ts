// A fake of Clerk's Backend API over a tenant: what Clerk's OpenAPI file says, with Clerk's quirks. Nothing is kept between
// two answers, so that rows shift while they are paged, as they do there.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen } from '../../src/platform/listener.ts';
import { Random } from '../random.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { admit } from './admission.ts';
import { applicationRoutes } from './application-routes.ts';
import { QueryParameters } from './query-parameters.ts';
import { atClerk, type AtClerk } from './at-clerk.ts';
import { ClerkProblem, notFound } from './clerk-problem.ts';
import { organizationRoutes } from './organization-routes.ts';
import { isLiveKey, usualQuirks, type Quirks } from './quirks.ts';
import { LastPages } from './last-pages.ts';
import { RateLimit } from './rate-limit.ts';
import { cutBeforeHeaders, cutInBody, proxyPage, reply } from './reply.ts';
import { findRoute, type Match } from './route.ts';
import { outcomeOf } from './trouble.ts';
import { userRoutes } from './user-routes.ts';

export interface FakeClerkOptions {
  readonly tenant: Tenant;
  readonly key?: string | undefined;
  /** A free one unless given. */
  readonly port?: number | undefined;
  /** Clerk's clock, in milliseconds: ours, or the tenant's where that is ahead. */
  readonly clock?: (() => number) | undefined;
  readonly quirks?: Partial<Quirks> | undefined;
  /** Decides which answers go wrong. */
  readonly seed?: string | number | undefined;
  /** Sees each request that was let in before it is answered, and may hold it. */
  readonly watch?: ((path: string, parameters: URLSearchParams) => Promise<void> | void) | undefined;
}

export interface FakeClerk {
  /** For CLERK_API_URL: without /v1. */
  readonly url: string;
  readonly key: string;
  readonly quirks: Quirks;
  /** How many requests came, by path: `/users`, `/users/{id}`. */
  readonly requests: ReadonlyMap<string, number>;
  /** How many answers went out, by status; 0: cut off. */
  readonly answers: ReadonlyMap<number, number>;
  close(): Promise<void>;
}

const routes = [...userRoutes, ...organizationRoutes, ...applicationRoutes];

/** Errors: `port-in-use`. */
export async function startFakeClerk(options: FakeClerkOptions): Promise<FakeClerk> {
  const fake = new Fake(options);
  const listener = await listen(
    (request, response) => {
      void fake.receive(request, response);
    },
    { host: '127.0.0.1', port: options.port ?? 0, portSetting: '--port' },
  );
  const { key, quirks, requests, answers } = fake;
  const url = `http://127.0.0.1:${listener.port}`;
  return { url, key, quirks, requests, answers, close: () => listener.close(0) };
}

class Fake {
  readonly key: string;
  readonly quirks: Quirks;
  readonly requests = new Map<string, number>();
  readonly answers = new Map<number, number>();
  readonly #options: FakeClerkOptions;
  readonly #listings: AtClerk;
  readonly #random: Random;
  readonly #limit = new RateLimit();
  readonly #lastPages = new LastPages();

  constructor(options: FakeClerkOptions) {
    this.#options = options;
    this.key = options.key ?? 'sk_test_a_made_up_tenant';
    this.quirks = { ...usualQuirks(this.key), ...options.quirks };
    this.#listings = atClerk(options.tenant.world);
    this.#random = new Random(`fake clerk:${options.seed ?? 0}`);
  }

  async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Nothing is expected in it, but it has to be taken off the wire.
    request.resume();
    response.once('close', () => {
      count(this.answers, response.writableFinished ? response.statusCode : 0);
    });
    const { tenant, clock = () => Math.max(Date.now(), tenant.now) } = this.#options;
    response.setHeader('date', new Date(clock()).toUTCString());
    try {
      await this.#answer(request, response);
    } catch (error) {
      const problem = error instanceof ClerkProblem ? error : broken(error);
      for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
      reply(response, problem.status, Buffer.from(problem.body(this.#random.base62(32).toLowerCase())));
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake');
    const path = pathname.startsWith('/v1/') ? pathname.slice('/v1'.length) : '';
    const match = findRoute(routes, path);
    count(this.requests, match?.route[0] ?? 'unknown');
    admit(request, searchParams, this.key);
    const wait = this.#limit.take(this.quirks.rateLimit, performance.now());
    if (wait !== undefined) throw tooMany(wait);
    if (!match) throw notFound(`path ${pathname} of this fake`);
    await this.#options.watch?.(path, searchParams);
    const outcome = outcomeOf(path, this.quirks, this.#random);
    if (outcome.delayMs > 0) await sleep(outcome.delayMs);
    const body = this.#bodyOf(match, searchParams);
    const last = this.#lastPages.take(LastPages.nameOf(path, searchParams), body);
    switch (outcome.kind) {
      case 'cutBeforeHeaders':
        cutBeforeHeaders(response);
        break;
      case 'cutInBody':
        cutInBody(response, body);
        break;
      case 'html':
        reply(response, 200, proxyPage, 'text/html');
        break;
      case 'repeatPage':
      case 'answered':
        reply(response, 200, outcome.kind === 'repeatPage' ? (last ?? body) : body);
    }
  }

  #bodyOf({ route: [, answer], ids }: Match, parameters: URLSearchParams): Buffer {
    const { tenant } = this.#options;
    const query = new QueryParameters(parameters);
    return Buffer.from(
      JSON.stringify(
        answer({
          world: tenant.world,
          listings: this.#listings,
          query,
          quirks: this.quirks,
          isLive: isLiveKey(this.key),
          ids,
        }),
      ),
    );
  }
}

function tooMany(waitSeconds: number): ClerkProblem {
  return new ClerkProblem(429, 'too_many_requests', 'Too many requests. Please try again in a bit.', {
    headers: { 'retry-after': String(waitSeconds) },
  });
}

/** A mistake in this fake, and nobody else's. */
function broken(error: unknown): ClerkProblem {
  return new ClerkProblem(500, 'fake_clerk_broken', error instanceof Error ? String(error.stack) : 'unknown');
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
