// A table of text.

/** `words`: the columns that are aligned to the left; numbers are to the right. */
export function table(rows: readonly (readonly string[])[], words: readonly number[]): string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => (row[index] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, index) =>
        words.includes(index) ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** A share as a percentage. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
