// Which users and organizations the traffic is about, by their numbers.

/** Users of the traffic; they are spread over all. */
const trafficUsers = 10_000;
const trafficOrganizations = 500;

/** Numbers of the users and organizations that the traffic is about. */
export function trafficNumbers(users: number): { users: number[]; organizations: number[] } {
  const stride = strideOf(users);
  return {
    users: Array.from({ length: trafficUsers }, (_, index) => index * stride),
    organizations: Array.from({ length: trafficOrganizations }, (_, index) => index),
  };
}

export function strideOf(users: number): number {
  return Math.floor(users / trafficUsers);
}
