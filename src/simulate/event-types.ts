// The event types whose objects the simulated tenant has.

export const simulatedTypes = [
  'user.created',
  'user.updated',
  'user.deleted',
  'session.created',
  'session.pending',
  'session.ended',
  'session.removed',
  'session.revoked',
  'organization.created',
  'organization.updated',
  'organization.deleted',
  'organizationMembership.created',
  'organizationMembership.updated',
  'organizationMembership.deleted',
  'organizationInvitation.created',
  'organizationInvitation.accepted',
  'organizationInvitation.revoked',
  'organizationDomain.created',
  'organizationDomain.updated',
  'organizationDomain.deleted',
] as const;

export type SimulatedType = (typeof simulatedTypes)[number];

export function isSimulatedType(type: string): type is SimulatedType {
  return simulatedTypes.some((known) => known === type);
}
