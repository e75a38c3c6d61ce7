// Compiled, never run: a projection can only name events that there are.

import type { EventType } from '../../src/clerk/event-payloads.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { users } from '../../src/projections/users.ts';

export const good: Projection = { ...users, carriedBy: ['user.created'], deletedBy: ['user.deleted'] };

// @ts-expect-error -- misspelt
export const carriedByMisspelt: Projection = { ...users, carriedBy: ['user.craeted'] };

// @ts-expect-error -- misspelt
export const deletedByMisspelt: Projection = { ...users, deletedBy: ['organizationmembership.deleted'] };

// @ts-expect-error -- Clerk sends no such event
export const neverSent: Projection = { ...users, carriedBy: ['session.updated'] };

declare const anyText: string;
// @ts-expect-error -- not known to be an event type
export const anyType: Projection = { ...users, carriedBy: [anyText] };

users.carriedBy satisfies readonly EventType[];
