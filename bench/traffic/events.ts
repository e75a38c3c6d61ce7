// The stream of events every peer is sent: 60 % user.updated, 20 % session.created, 18 % organization.updated,
// 2 % user.deleted, over 10,000 users and 500 organizations. No two events share a version.

import { idOf, organization, session, user, type Json } from './payloads.ts';
import { seededRandom } from './random.ts';

const users = 10_000;
const organizations = 500;

/** What an event means for the row of one user. A session's embedded user says nothing that must stay. */
export interface UserFact {
  readonly id: string;
  readonly updatedAt?: number;
  readonly deleted?: true;
}

export interface BenchEvent {
  readonly messageId: string;
  readonly body: string;
  readonly user?: UserFact;
}

export class EventStream {
  readonly #random = seededRandom(20_251_123);
  /** A deleted user never comes back: its place is taken by another. */
  readonly #generations = new Uint32Array(users);
  #clock = Date.now() - 86_400_000;
  #count = 0;

  next(): BenchEvent {
    const at = (this.#clock += 1);
    const number = (this.#count += 1);
    const slot = Math.floor(this.#random() * users);
    const generation = this.#generations[slot] ?? 0;
    const kind = this.#random();
    const id = idOf('user', slot, generation);
    const messageId = `msg_2${number.toString(36).padStart(26, 'B')}`;

    if (kind < 0.6) {
      const body = envelope('user.updated', user(slot, generation, at), at);
      return { messageId, body, user: { id, updatedAt: at } };
    }
    if (kind < 0.8) {
      return {
        messageId,
        body: envelope('session.created', session(number, user(slot, generation, at), at), at),
      };
    }
    if (kind < 0.98) {
      return {
        messageId,
        body: envelope('organization.updated', organization(slot % organizations, at), at),
      };
    }
    this.#generations[slot] = generation + 1;
    const body = envelope('user.deleted', { id, object: 'user', deleted: true }, at);
    return { messageId, body, user: { id, deleted: true } };
  }
}

function envelope(type: string, data: Json, at: number): string {
  return JSON.stringify({
    data,
    event_attributes: {
      http_request: { client_ip: '203.0.113.7', user_agent: 'Mozilla/5.0 (X11; Linux x86_64)' },
    },
    instance_id: 'ins_2benchBenchBenchBenchBench',
    object: 'event',
    timestamp: at + 12,
    type,
  });
}
