// A model of a Clerk tenant: people sign up, work and leave, and each step becomes the events Clerk would send.

import type { Tables } from '../model/model.ts';
import { addDomain, deleteDomain, updateDomain } from './domain-steps.ts';
import type { ClerkEvent } from './event.ts';
import { acceptInvitation, invite, revokeInvitation } from './invitation-steps.ts';
import { removeMember, updateMembership } from './membership-steps.ts';
import { sendCode } from './message-steps.ts';
import { createOrganization, deleteOrganization, updateOrganization } from './organization-steps.ts';
import { cancel, fallBehind, payUp, renew, runOut } from './renewal-steps.ts';
import {
  definePermission,
  defineRole,
  deletePermission,
  deleteRole,
  editPermission,
  editRole,
} from './role-steps.ts';
import { endSession, signIn } from './session-steps.ts';
import { checkOut, passTrial, subscribe } from './subscription-steps.ts';
import { addEarlierUsers, deleteUser, editProfile, signUp } from './user-steps.ts';
import {
  acceptApplicationInvitation,
  inviteFromWaitlist,
  inviteToApplication,
  joinWaitlist,
  rejectFromWaitlist,
  revokeApplicationInvitation,
} from './waitlist-steps.ts';
import { World } from './world.ts';

export interface TenantOptions {
  readonly seed: string | number;
  /** When its history begins, in milliseconds; a day ago unless given. The same seed and start give the same history. */
  readonly start?: number | undefined;
  /** Milliseconds between two steps, on average. */
  readonly pace?: number | undefined;
  readonly instanceId?: string | undefined;
  /**
   * Every change has an event of its own, so that a mirror that received them all has no drift. Else as with Clerk: some
   * sign-ins, a role whose permission was deleted and some subscription items show in others' events only, or in none.
   */
  readonly eventForEveryChange?: boolean | undefined;
}

type Step = (world: World) => ClerkEvent[];

/** How often each happens; users and their sessions are the bulk. */
const steps: readonly (readonly [weight: number, step: Step])[] = [
  [110, signUp],
  [230, editProfile],
  [200, signIn],
  [140, endSession],
  [25, deleteUser],
  [30, createOrganization],
  [40, updateOrganization],
  [10, deleteOrganization],
  [75, invite],
  [45, acceptInvitation],
  [15, revokeInvitation],
  [30, updateMembership],
  [15, removeMember],
  [15, addDomain],
  [12, updateDomain],
  [8, deleteDomain],
  [6, definePermission],
  [6, editPermission],
  [4, deletePermission],
  [6, defineRole],
  [14, editRole],
  [4, deleteRole],
  [14, inviteToApplication],
  [10, acceptApplicationInvitation],
  [5, revokeApplicationInvitation],
  [16, joinWaitlist],
  [12, inviteFromWaitlist],
  [4, rejectFromWaitlist],
  [25, subscribe],
  [20, checkOut],
  [8, passTrial],
  [16, renew],
  [10, fallBehind],
  [6, payUp],
  [8, cancel],
  [8, runOut],
  [25, sendCode],
];
const totalWeight = steps.reduce((sum, [weight]) => sum + weight, 0);

export class Tenant {
  readonly #world: World;

  constructor({
    seed,
    start = Date.now() - 86_400_000,
    pace = 20_000,
    instanceId,
    eventForEveryChange,
  }: TenantOptions) {
    // The start belongs to the seed: a history that begins at another time must never reuse the ids of this one.
    this.#world = new World({ seed: `${seed}@${start}`, start, pace, instanceId, eventForEveryChange });
  }

  get instanceId(): string {
    return this.#world.instanceId;
  }

  /** The tenant's clock, in milliseconds. */
  get now(): number {
    return this.#world.now;
  }

  /** The objects as they are now, and as their events showed them. */
  get world(): World {
    return this.#world;
  }

  /** So many users more, without events: they were there before webhooks were switched on. */
  addEarlierUsers(count: number): void {
    addEarlierUsers(this.#world, count);
  }

  /** One step: at least one event, in the order in which they happened. */
  step(): ClerkEvent[] {
    this.#world.passTime();
    return this.#act();
  }

  /** One step at this time, or right after the one before. */
  stepAt(time: number): ClerkEvent[] {
    this.#world.passUntil(time);
    return this.#act();
  }

  #act(): ClerkEvent[] {
    const events = this.#chosenStep()(this.#world);
    // There was nobody to do it yet, or nothing to do it to.
    return events.length > 0 ? events : signUp(this.#world);
  }

  /** What the tables must hold once every event so far was delivered, in any order and any number of times. */
  expectedRows(): Tables {
    return this.#world.expectedRows();
  }

  /** Whether this tenant made the id, of whatever object. */
  issued(id: string): boolean {
    return this.#world.issued(id);
  }

  #chosenStep(): Step {
    let left = this.#world.random.float() * totalWeight;
    for (const [weight, step] of steps) {
      left -= weight;
      if (left < 0) return step;
    }
    return signUp;
  }
}
