// A moment as an option names it: ISO 8601, UTC unless it says otherwise.

import { InvalidArgumentError } from 'commander';

export function parseInstant(value: string): Date {
  // 24:00 would be the next day.
  if (value.includes('T24')) throw new InvalidArgumentError('Write hours from 00 to 23.');
  const zoned = /T.*(?:Z|[+-]\d{2}:?\d{2})$/.test(value) ? value : value.includes('T') ? `${value}Z` : value;
  const date = new Date(zoned);
  const day = new Date(`${value.slice(0, 10)}T00:00:00Z`);
  // The second look refuses the 31st of February, which Date makes the 3rd of March.
  if (
    Number.isNaN(date.getTime()) ||
    Number.isNaN(day.getTime()) ||
    !day.toISOString().startsWith(value.slice(0, 10))
  )
    throw new InvalidArgumentError('Write a time such as 2026-01-31 or 2026-01-31T12:00:00Z.');
  return date;
}
