// Numbers as options give them.

import { InvalidArgumentError } from 'commander';

export function positive(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError('Write a number above 0.');
  return number;
}

export function wholeNumber(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('Write a whole number, 0 or more.');
  return Number(value);
}

export function port(value: string): number {
  const number = wholeNumber(value);
  if (number > 65535) throw new InvalidArgumentError('Write a port, 0 to 65535.');
  return number;
}

export function share(value: string): number {
  const number = Number(value);
  if (value === '' || !(number >= 0 && number <= 1))
    throw new InvalidArgumentError('Write a number from 0 to 1.');
  return number;
}

/** Of what must be some at least. */
export function shareAboveZero(value: string): number {
  const number = Number(value);
  if (!(number > 0 && number <= 1)) throw new InvalidArgumentError('Write a number above 0, up to 1.');
  return number;
}
