// Numbers, sizes and times as people read them.

import { html, type Html } from './html.ts';

const numbers = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

export function count(n: number): string {
  return numbers.format(n);
}

/** An estimate says that it is one. */
export function approximately({
  count: n,
  isExact,
}: {
  readonly count: number;
  readonly isExact: boolean;
}): string {
  return isExact ? count(n) : `≈ ${short.format(n)}`;
}

export function bytes(n: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let [size, unit] = [n, 0];
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024;
  return `${size < 10 && unit > 0 ? size.toFixed(1) : Math.round(size)} ${units[unit] ?? 'TB'}`;
}

/** Two digits of the largest unit that fits. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const steps = [
    [1000, 's', 60],
    [60_000, 'min', 60],
    [3_600_000, 'h', 48],
    [86_400_000, 'days', Infinity],
  ] as const;
  for (const [size, unit, most] of steps) {
    const n = ms / size;
    if (n < most) return `${n < 10 ? Number(n.toFixed(1)) : Math.round(n)} ${unit}`;
  }
  return '';
}

/** How long ago, with the whole time (UTC) for whoever points at it and for programs. */
export function time(at: Date | string | null | undefined, otherwise = '–'): Html {
  if (at === null || at === undefined) return html`${otherwise}`;
  const date = new Date(at);
  const ago = Date.now() - date.getTime();
  const words = ago < -1000 ? `in ${duration(-ago)}` : ago < 1000 ? 'now' : `${duration(ago)} ago`;
  return html`<time datetime="${date.toISOString()}" title="${exact(date)}">${words}</time>`;
}

/** The whole time, UTC, as text. */
export function exactTime(at: Date | string | null | undefined, otherwise = '–'): Html {
  if (at === null || at === undefined) return html`${otherwise}`;
  const date = new Date(at);
  return html`<time datetime="${date.toISOString()}">${exact(date)}</time>`;
}

function exact(date: Date): string {
  return `${date.toISOString().slice(0, 23).replace('T', ' ')} UTC`;
}

/** A state as a pill, always with its word. */
export function state(name: string): Html {
  return html`<span class="state state-${name}">${name}</span>`;
}
